// Skills and files.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { all, check, client, context, folder, members, refused, sdk } from './harness.mjs';

const NAME = 'sales-figures';
const LARGE = 50 * 1024 * 1024;
export const state = {};
const beta = client().beta;

check('Skills', 'a custom skill is uploaded as a folder', async () => {
  const files = await folder(join(context.skills, NAME), NAME);
  const skill = await beta.skills.create({ display_name: 'Sales figures', files });
  assert.match(skill.id, /^skill_/);
  assert.deepEqual([skill.display_name, skill.source.type, skill.type], ['Sales figures', 'custom', 'skill']);
  assert.ok(Date.parse(skill.created_at) > 0, skill.created_at);
  state.skill = skill;
});

check('Skills', 'a new version becomes the latest', async () => {
  const files = await folder(join(context.skills, NAME), NAME);
  const second = readFileSync(join(context.skills, NAME, 'SKILL.md'), 'utf8') + '\nThis is the second version: it knows a fifth region.\n';
  const script = readFileSync(join(context.skills, NAME, 'scripts/figures.py'), 'utf8').replace('"West": 780', '"West": 780, "Centre": 310');
  state.texts = { [`${NAME}/SKILL.md`]: second, [`${NAME}/scripts/figures.py`]: script };
  const parts = await Promise.all(Object.entries(state.texts).map(([name, it]) => sdk.toFile(Buffer.from(it), name)));
  assert.equal(files.length, parts.length);
  const version = await beta.skills.versions.create(state.skill.id, { files: parts });
  assert.deepEqual([version.name, version.skill_id], [NAME, state.skill.id]);
  const skill = await beta.skills.retrieve(state.skill.id);
  assert.equal(skill.latest_version_id, version.id);
  state.second = version;
});

check('Skills', 'skills are listed, page by page', async () => {
  const file = await sdk.toFile(Buffer.from('---\nname: another\ndescription: Another skill, for lists.\n---\n\nNothing.\n'), 'another/SKILL.md');
  state.other = await beta.skills.create({ display_name: 'Another', files: [file] });
  const found = await all(beta.skills.list({ limit: 1, source: 'custom' }));
  assert.deepEqual(found.map((it) => it.id), [state.other.id, state.skill.id]);
  const builtIn = await all(beta.skills.list({ source: 'anthropic' }));
  assert.ok(builtIn.some((it) => it.id === 'xlsx' && it.source.type === 'anthropic'), JSON.stringify(builtIn));
});

check('Skills', 'versions are listed and found by their address', async () => {
  const found = await all(beta.skills.versions.list(state.skill.id, { limit: 1 }));
  assert.deepEqual(new Set(found.map((it) => it.id)), new Set([state.skill.latest_version_id, state.second.id]));
  const latest = await beta.skills.versions.retrieve('latest', { skill_id: state.skill.id });
  assert.equal(latest.id, state.second.id);
});

check('Skills', 'a version is downloaded byte for byte', async () => {
  const answer = await beta.skills.versions.download(state.second.id, { skill_id: state.skill.id });
  const found = members(Buffer.from(await answer.arrayBuffer()));
  const expected = Object.fromEntries(Object.entries(state.texts).map(([name, it]) => [name, Buffer.from(it).toString('base64')]));
  assert.deepEqual(found, expected);
});

check('Files', 'a small file is uploaded', async () => {
  const file = await beta.files.upload({ file: await sdk.toFile(Buffer.from('region,sales\nNorth,1200\n'), 'figures.csv', { type: 'text/csv' }) });
  assert.deepEqual([file.filename, file.mime_type, file.size_bytes, file.downloadable], ['figures.csv', 'text/csv', 24, false]);
  assert.deepEqual(await beta.files.retrieveMetadata(file.id), file);
  state.file = file;
});

check('Files', 'a file of 50 MB is uploaded', async () => {
  const path = join(context.out, 'large.bin');
  const bytes = randomBytes(LARGE);
  state.digest = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(path, bytes);
  const file = await beta.files.upload({ file: createReadStream(path) });
  rmSync(path);
  assert.deepEqual([file.filename, file.size_bytes], ['large.bin', LARGE]);
  state.large = file;
});

check('Files', 'files are listed newest first, page by page', async () => {
  const found = await all(beta.files.list({ limit: 1 }));
  assert.deepEqual(found.map((it) => it.id), [state.large.id, state.file.id]);
  const some = await all(beta.files.list({ ids: [state.file.id, 'file_01AAAAAAAAAAAAAAAAAAAAAA'] }));
  assert.deepEqual(some.map((it) => it.id), [state.file.id]);
});

check('Errors', '400 file_not_downloadable: what was uploaded is not downloaded', () =>
  refused(sdk.BadRequestError, () => beta.files.download(state.file.id), { status: 400, code: 'file_not_downloadable' }));

check('Errors', '400: a skill without SKILL.md', async () => {
  const files = [await sdk.toFile(Buffer.from('x'), 'bad/README.md')];
  await refused(sdk.BadRequestError, () => beta.skills.create({ files }), { status: 400, type: 'invalid_request_error' });
});

check('Errors', '413: a skill that is too large', async () => {
  const files = [
    await sdk.toFile(Buffer.from('---\nname: large\ndescription: Is large.\n---\n'), 'large/SKILL.md'),
    await sdk.toFile(Buffer.alloc(31 * 1024 * 1024), 'large/data.bin'),
  ];
  await refused(sdk.ContentTooLargeError, () => client({ maxRetries: 0 }).beta.skills.create({ files }), { status: 413 });
});

check('Errors', '404: skills and files that are not there, or not in this workspace', async () => {
  const stranger = client({ apiKey: context.stranger_key }).beta;
  const options = { status: 404, type: 'not_found_error' };
  await refused(sdk.NotFoundError, () => beta.skills.retrieve('skill_01AAAAAAAAAAAAAAAAAAAAAA'), options);
  await refused(sdk.NotFoundError, () => stranger.skills.retrieve(state.skill.id), options);
  await refused(sdk.NotFoundError, () => beta.files.retrieveMetadata('file_01AAAAAAAAAAAAAAAAAAAAAA'), options);
  await refused(sdk.NotFoundError, () => stranger.files.delete(state.file.id), options);
});

/** Registered at the end of the suite: the code still needs the skill and the files. */
export function removal() {
  check('Skills', 'versions and skills are removed', async () => {
    const version = await beta.skills.versions.delete(state.skill.latest_version_id, { skill_id: state.skill.id });
    assert.equal(version.type, 'skill_version_deleted');
    for (const skill of [state.skill, state.other]) {
      const done = await beta.skills.delete(skill.id);
      assert.deepEqual([done.id, done.type], [skill.id, 'skill_deleted']);
    }
    assert.deepEqual(await all(beta.skills.list({ source: 'custom' })), []);
  });
  check('Files', 'files are removed', async () => {
    for (const file of [state.file, state.large]) {
      assert.equal((await beta.files.delete(file.id)).type, 'file_deleted');
    }
    await refused(sdk.NotFoundError, () => beta.files.retrieveMetadata(state.file.id), { status: 404 });
  });
}
