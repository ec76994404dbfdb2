// Runs named checks one after another and writes what each found, one JSON object on each line: as python/harness.py.

import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { join, relative } from 'node:path';

export const require = createRequire(join(process.env.CONFORMANCE_PACKAGES, 'package.json'));
export const sdk = require('@anthropic-ai/sdk');
export const { Anthropic } = sdk;
export const MODEL = 'claude-opus-4-8';
export const CODE = [{ type: 'code_execution_20250825', name: 'code_execution' }];

const names = ['BASE_URL', 'KEY', 'STRANGER_KEY', 'TIGHT_URL', 'TIGHT_KEY', 'OUT', 'SKILLS'];
export const context = Object.fromEntries(names.map((it) => [it.toLowerCase(), process.env[`CONFORMANCE_${it}`]]));

const checks = [];

export function check(feature, name, run) {
  checks.push({ feature, name, run });
}

/** Runs all checks; the process ends with 1 where one failed. */
export async function main() {
  for (const { feature, name, run } of checks) {
    const started = performance.now();
    const entry = { feature, check: name, ok: true };
    try {
      await run();
    } catch (error) {
      console.error(error);
      entry.ok = false;
      entry.detail = `${error?.name}: ${String(error?.message).slice(0, 1500)}${place(error)}`;
      process.exitCode = 1;
    }
    entry.seconds = (performance.now() - started) / 1000;
    appendFileSync(process.env.CONFORMANCE_RESULTS, JSON.stringify(entry) + '\n');
  }
}

function place(error) {
  const line = String(error?.stack).split('\n').find((it) => /typescript\/(?!harness)[a-z]+\.mjs/.test(it));
  return line ? ` (${line.trim().replace(/.*\/(\w+\.mjs:\d+).*/, '$1')})` : '';
}

export function client(options = {}) {
  return new Anthropic({ apiKey: context.key, baseURL: context.base_url, timeout: 60_000, ...options });
}

export const user = (content) => [{ role: 'user', content }];
export const blocks = (message, type) => message.content.filter((it) => it.type === type);
export const text = (message) => blocks(message, 'text').map((it) => it.text).join('');

/** The files of a folder as the multipart parts of a skill. */
export async function folder(path, name) {
  const parts = [];
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const file = join(entry.parentPath, entry.name);
      parts.push(await sdk.toFile(readFileSync(file), `${name}/${relative(path, file)}`));
    }
  }
  return parts;
}

export async function all(pages) {
  const found = [];
  for await (const it of pages) found.push(it);
  return found;
}

/** What a Python script, which has a zip and a workbook library, makes of bytes. */
function python(script, bytes) {
  return JSON.parse(execFileSync(process.env.CONFORMANCE_PYTHON, ['-c', script], { input: bytes, maxBuffer: 1 << 27 }));
}

/** The files of a zip, by their names, as base64. */
export const members = (bytes) =>
  python(
    `import base64, io, json, sys, zipfile
package = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
names = [name for name in package.namelist() if not name.endswith("/")]
print(json.dumps({name: base64.b64encode(package.read(name)).decode() for name in names}))`,
    bytes,
  );

/** The rows of each sheet of a workbook. */
export const sheet = (bytes) =>
  python(
    `import io, json, openpyxl, sys
book = openpyxl.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps({name: [[cell.value for cell in row] for row in book[name].iter_rows()] for name in book.sheetnames}))`,
    bytes,
  );

/** Awaits what must be refused, and looks at how. */
export async function refused(kind, call, { status, type, code, says = '' }) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (!(error instanceof sdk.APIError)) throw error;
    const inner = error.error?.error;
    const found = `${error.name} ${error.constructor.name} ${error.status} ${JSON.stringify(error.error)}`;
    assert.ok(error.status === status && error instanceof kind, `expected ${status} ${kind.name}, found ${found}`);
    assert.ok(error.error?.type === 'error' && inner?.message, `not an error's shape: ${found}`);
    assert.ok(!type || inner.type === type, `expected ${type}, found ${found}`);
    assert.ok(!code || inner.details?.error_code === code, `expected ${code}, found ${found}`);
    assert.ok(inner.message.includes(says), `expected ${says} in ${found}`);
    assert.ok(error.requestID?.startsWith('req_'), `no request-id: ${found}`);
    assert.equal(error.error.request_id, error.requestID);
    return error;
  }
  assert.fail(`nothing was refused: ${JSON.stringify(answer)?.slice(0, 500)}`);
}

/** The ids of the files that a message's code left for the client. */
export const generated = (message) =>
  message.content.flatMap((it) => (it.content?.content instanceof Array ? it.content.content.map((file) => file.file_id) : []));
