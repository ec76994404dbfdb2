// Messages: plain, with code and skills, with tools of the client; batches; errors.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { all, blocks, check, client, CODE, context, generated, MODEL, refused, require, sdk, sheet, text, user } from './harness.mjs';
import { state } from './resources.mjs';

const { betaTool } = require('@anthropic-ai/sdk/helpers/beta/json-schema');
const one = client();
const hello = (more = {}) => ({ model: MODEL, max_tokens: 1000, messages: user('Say hello.'), ...more });
const code = (prompt, more = {}) => ({ model: MODEL, max_tokens: 16000, messages: user(prompt), tools: CODE, ...more });
const both = () => [
  { type: 'anthropic', skill_id: 'xlsx', version: 'latest' },
  { type: 'custom', skill_id: state.skill.id, version: 'latest' },
];
const BOOK = { Sales: [['Region', 'Sales'], ['North', 1200], ['South', 950], ['East', 1430], ['West', 780], ['Centre', 310]] };

check('Messages', 'a plain request is answered', async () => {
  const message = await one.messages.create(hello());
  assert.equal(text(message), 'Hello from the script.');
  assert.deepEqual([message.stop_reason, message.usage.input_tokens, message.usage.output_tokens], ['end_turn', 12, 5]);
  assert.match(message.id, /^msg_/);
  assert.match(message._request_id, /^req_/);
});

check('Streams', 'a plain answer is streamed', async () => {
  const pieces = [];
  const stream = one.messages.stream(hello()).on('text', (it) => pieces.push(it));
  const message = await stream.finalMessage();
  assert.equal(pieces.join(''), 'Hello from the script.');
  assert.ok(pieces.length > 1, 'the text came in one piece');
  assert.deepEqual([message.stop_reason, message.usage.output_tokens], ['end_turn', 5]);
});

check('Streams', 'the raw events come in their order', async () => {
  const stream = await one.messages.create(hello({ messages: user('Think first.'), stream: true }));
  const events = await all(stream);
  assert.equal(events[0].type, 'message_start');
  assert.deepEqual(events.slice(-2).map((it) => it.type), ['message_delta', 'message_stop']);
  const starts = events.filter((it) => it.type === 'content_block_start').map((it) => it.content_block.type);
  assert.deepEqual(starts, ['thinking', 'text']);
});

check('Count', 'tokens are counted', async () => {
  const short = await one.messages.countTokens({ model: MODEL, messages: user('Say hello.') });
  const long = await one.messages.countTokens({ model: MODEL, messages: user('Say hello. '.repeat(200)) });
  assert.ok(0 < short.input_tokens && short.input_tokens < long.input_tokens, JSON.stringify([short, long]));
});

check('Models', 'models are listed and found', async () => {
  const found = await all(one.models.list());
  assert.ok(found.some((it) => it.id === MODEL), JSON.stringify(found));
  assert.equal((await one.models.retrieve(MODEL)).type, 'model');
});

function looksRight(message) {
  const calls = blocks(message, 'server_tool_use').map((it) => it.name);
  assert.deepEqual(calls, ['text_editor_code_execution', 'text_editor_code_execution', 'bash_code_execution']);
  const views = blocks(message, 'text_editor_code_execution_tool_result');
  assert.ok(views[1].content.content.includes('This is the second version'), JSON.stringify(views[1]));
  const [run] = blocks(message, 'bash_code_execution_tool_result');
  assert.ok(run.content.stdout.includes('made quarter.xlsx'), JSON.stringify(run));
  assert.equal(run.content.return_code, 0);
  assert.deepEqual([message.stop_reason, generated(message).length], ['end_turn', 1]);
  assert.match(message.container.id, /^container_/);
  assert.ok(Date.parse(message.container.expires_at) > Date.now(), message.container.expires_at);
  assert.equal(message.container.skills.length, 2);
}

check('Code with skills', 'a workbook is made with two skills in one request', async () => {
  state.made = await one.beta.messages.create(code('Make a quarterly workbook of the sales.', { container: { skills: both() } }));
  looksRight(state.made);
});

check('Code with skills', 'the same by the general endpoint', async () => {
  looksRight(await one.messages.create(code('Make a quarterly workbook of the sales.', { container: { skills: both() } })));
});

check('Code with skills', 'the same is streamed', async () => {
  const inputs = [];
  const stream = one.beta.messages.stream(code('Make a quarterly workbook of the sales.', { container: { skills: both() } }));
  stream.on('inputJson', (it) => inputs.push(it));
  state.streamed = await stream.finalMessage();
  looksRight(state.streamed);
  assert.ok(inputs.join('').includes('/skills/sales-figures/SKILL.md'), 'no input came in pieces');
});

check('Generated files', 'the workbook is described, downloaded and opened', async () => {
  for (const message of [state.made, state.streamed]) {
    const [id] = generated(message);
    const file = await one.beta.files.retrieveMetadata(id);
    assert.deepEqual([file.filename, file.downloadable], ['quarter.xlsx', true]);
    const bytes = Buffer.from(await (await one.beta.files.download(id)).arrayBuffer());
    assert.equal(bytes.length, file.size_bytes);
    assert.deepEqual(sheet(bytes), BOOK);
  }
});

check('Container', 'a second request goes on in the same container, by its id', async () => {
  const message = await one.beta.messages.create(code('Add a second sheet to what you made.', { container: state.made.container.id }));
  assert.equal(message.container.id, state.made.container.id);
  const [run] = blocks(message, 'bash_code_execution_tool_result');
  assert.ok(run.content.stdout.includes('the shell remembers Q3'), JSON.stringify(run));
  const bytes = Buffer.from(await (await one.beta.files.download(generated(message)[0])).arrayBuffer());
  assert.deepEqual(sheet(bytes), { ...BOOK, Total: [['Total', 4670]] });
});

check('Code', 'a file goes into the container and is there whole', async () => {
  const content = [
    { type: 'text', text: 'Tell me the digest of the large file.' },
    { type: 'container_upload', file_id: state.large.id },
    { type: 'container_upload', file_id: state.file.id },
  ];
  const message = await one.beta.messages.create({ ...code(''), messages: user(content) });
  const [run] = blocks(message, 'bash_code_execution_tool_result');
  assert.ok(run.content.stdout.includes(state.digest), JSON.stringify(run));
});

const weather = betaTool({
  name: 'get_weather',
  description: 'The weather of a place.',
  inputSchema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  run: ({ place }) => `17 degrees in ${place}`,
});
const pack = betaTool({
  name: 'pack',
  description: 'Packs the bag.',
  inputSchema: { type: 'object', properties: { things: { type: 'string' } }, required: ['things'] },
  run: ({ things }) => `packed: ${things}`,
});

async function threeTurns(options) {
  const bodies = [];
  const noting = client({
    fetch: (url, init) => {
      bodies.push(JSON.parse(init.body));
      return fetch(url, init);
    },
  });
  const runner = noting.beta.messages.toolRunner({
    model: MODEL,
    max_tokens: 1000,
    messages: user('Plan a trip to Oslo.'),
    tools: [weather, pack],
    ...options,
  });
  const messages = await all(runner);
  assert.deepEqual(messages.map((it) => it.stop_reason), ['tool_use', 'tool_use', 'end_turn']);
  assert.equal(text(messages.at(-1)), 'Oslo has 17 degrees, and the bag is packed.');
  return bodies;
}

check('tool_runner', 'three turns, with the whole history each time', async () => {
  const bodies = await threeTurns({ thread: false });
  assert.deepEqual(bodies.map((it) => it.messages.length), [1, 3, 5]);
});

check('tool_runner', 'three turns over a thread that the server holds', async () => {
  const bodies = await threeTurns({});
  assert.deepEqual(bodies.map((it) => it.thread?.type), ['create', 'continue', 'continue']);
  assert.deepEqual(bodies.map((it) => it.messages.length), [1, 1, 1]);
});

check('Threads', "the client's own thread helper works", async () => {
  const thread = one.beta.messages.thread({ model: MODEL, max_tokens: 1000 });
  assert.equal(text(await thread.send(user('My name is Alice.')[0])), 'Nice to meet you, Alice.');
  assert.equal(text(await thread.send(user('What is my name?')[0])), 'Your name is Alice.');
});

check('Threads', 'a thread is continued once, and only where it is', async () => {
  const more = { model: MODEL, max_tokens: 1000, betas: ['message-threads-2026-08-12'] };
  const create = (body) => client({ maxRetries: 0 }).beta.messages.create({ ...more, ...body });
  const first = await create({ messages: user('My name is Alice.'), thread: { type: 'create' } });
  const next = { messages: user('What is my name?'), thread: { type: 'continue', previous_message_id: first.id } };
  assert.equal(text(await create(next)), 'Your name is Alice.');
  await refused(sdk.BadRequestError, () => create(next), { status: 400, code: 'thread_already_continued' });
  const lost = { ...next, thread: { type: 'continue', previous_message_id: 'msg_01AAAAAAAAAAAAAAAAAAAAAA' } };
  await refused(sdk.NotFoundError, () => create(lost), { status: 404, code: 'thread_not_found' });
});

check('Programmatic tool calling', "code calls the client's tool and goes on with its result", async () => {
  const tools = [
    { type: 'code_execution_20260120', name: 'code_execution' },
    {
      name: 'get_weather',
      description: 'The weather of a place.',
      input_schema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
      allowed_callers: ['code_execution_20260120'],
    },
  ];
  const messages = user('Compare the weather programmatically.');
  const seen = [await one.beta.messages.create({ model: MODEL, max_tokens: 4000, tools, messages })];
  while (seen.at(-1).stop_reason === 'tool_use') {
    const answer = seen.at(-1);
    const calls = blocks(answer, 'tool_use');
    assert.ok(calls.length && calls.every((it) => it.caller.type === 'code_execution_20260120'), JSON.stringify(answer.content));
    const results = calls.map((it) => ({ type: 'tool_result', tool_use_id: it.id, content: it.input.place === 'Oslo' ? '17' : '25' }));
    messages.push({ role: 'assistant', content: answer.content }, { role: 'user', content: results });
    seen.push(await one.beta.messages.create({ model: MODEL, max_tokens: 4000, tools, messages, container: answer.container.id }));
    assert.ok(seen.length < 6, 'no end');
  }
  const runs = seen.flatMap((it) => blocks(it, 'code_execution_tool_result'));
  assert.deepEqual(runs.map((it) => it.content.stdout), ['Rome is warmer by 8\n']);
  assert.equal(text(seen.at(-1)), 'Rome is warmer.');
});

check('pause_turn', 'after the limit the turn pauses, and goes on when it is sent back', async () => {
  const messages = user('Count to twelve, one command at a time.');
  const first = await one.beta.messages.create({ ...code(''), messages });
  assert.equal(first.stop_reason, 'pause_turn');
  messages.push({ role: 'assistant', content: first.content });
  const second = await one.beta.messages.create({ ...code(''), messages, container: first.container.id });
  assert.deepEqual([second.stop_reason, text(second)], ['end_turn', 'Counted to twelve.']);
  const said = [first, second].flatMap((it) => blocks(it, 'bash_code_execution_tool_result').map((run) => Number(run.content.stdout)));
  assert.deepEqual(said, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

check('Batches', 'a batch is made, ends, and has its results', async () => {
  const request = (custom_id, prompt) => ({ custom_id, params: { model: MODEL, max_tokens: 50, messages: user(prompt) } });
  const requests = ['good', 'bad'].map((it) => request(it, `Classify as positive/negative/neutral: ${it}`));
  let batch = await one.messages.batches.create({ requests });
  assert.match(batch.id, /^msgbatch_/);
  for (let count = 0; batch.processing_status !== 'ended'; count += 1) {
    assert.ok(count < 300, 'not ended after 30 s');
    await sleep(100);
    batch = await one.messages.batches.retrieve(batch.id);
  }
  assert.deepEqual([batch.request_counts.succeeded, batch.request_counts.processing], [2, 0]);
  const results = await all(await one.messages.batches.results(batch.id));
  const found = Object.fromEntries(results.map((it) => [it.custom_id, text(it.result.message)]));
  assert.deepEqual(found, { good: 'positive', bad: 'negative' });
  assert.equal((await one.messages.batches.delete(batch.id)).type, 'message_batch_deleted');
});

check('Batches', 'a batch is cancelled', async () => {
  const requests = Array.from({ length: 60 }, (_, it) => ({ custom_id: `slow-${it}`, params: { model: MODEL, max_tokens: 50, messages: user('Take your time.') } }));
  let batch = await one.messages.batches.create({ requests });
  batch = await one.messages.batches.cancel(batch.id);
  assert.ok(['canceling', 'ended'].includes(batch.processing_status), batch.processing_status);
});

check('Errors', '400, 401, 404, 413, 429, 529: each has its class', async () => {
  const now = client({ maxRetries: 0 });
  await refused(sdk.BadRequestError, () => now.messages.create(hello({ max_tokens: 0 })), { status: 400, type: 'invalid_request_error', says: 'max_tokens' });
  await refused(sdk.BadRequestError, () => now.messages.create(hello({ no_such_field: 1 })), { status: 400, says: 'no_such_field' });
  const wrong = client({ apiKey: 'sk-wrong', maxRetries: 0 });
  await refused(sdk.AuthenticationError, () => wrong.messages.create(hello()), { status: 401, type: 'authentication_error' });
  await refused(sdk.NotFoundError, () => now.post('/v1/nonsense', { body: {} }), { status: 404, type: 'not_found_error' });
  const lost = code('Look at what is there.', { container: 'container_01AAAAAAAAAAAAAAAAAAAAAA' });
  await refused(sdk.NotFoundError, () => now.beta.messages.create(lost), { status: 404, type: 'not_found_error' });
  const large = hello({ messages: user('x'.repeat(33 * 1024 * 1024)) });
  await refused(sdk.ContentTooLargeError, () => now.messages.create(large), { status: 413, type: 'request_too_large' });
  const overloaded = hello({ messages: user('The service is overloaded.') });
  await refused(sdk.OverloadedError, () => now.messages.create(overloaded), { status: 529, type: 'overloaded_error' });
  const limited = hello({ messages: user('The service limits its rate.') });
  await refused(sdk.RateLimitError, () => now.messages.create(limited), { status: 429, type: 'rate_limit_error' });
});

check('Errors', '429: too many requests at once, with the time to wait', async () => {
  const tight = client({ apiKey: context.tight_key, baseURL: context.tight_url, maxRetries: 0 });
  // It takes a second before its first word.
  let ended = false;
  const patient = client({ apiKey: context.tight_key, baseURL: context.tight_url, maxRetries: 8 });
  const slow = patient.messages.create(hello({ messages: user('Talk slowly.'), stream: true })).finally(() => { ended = true; });
  // The slow request may be on its way still: the first of these may be answered.
  const quick = async () => {
    while (!ended) {
      await tight.messages.create(hello());
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  };
  const error = await refused(sdk.RateLimitError, quick, { status: 429, type: 'rate_limit_error' });
  assert.ok(Number(error.headers.get('retry-after')) > 0, 'retry-after');
  const events = await all(await slow);
  assert.equal(events.at(-1).type, 'message_stop');
});
