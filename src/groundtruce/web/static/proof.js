// Verifies a proof that travels alone: that a log holds a statement, under a head that a quorum cosigned.
//
// - The forms are those of c2sp.org: tlog-proof, signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy.
// - Nothing is asked of a server. Who is trusted stands in the policy, and the reader decides on that.
// - Sizes and indices are BigInt, since they go up to 2^63-1.
// - ML-DSA-44 lines are passed over: WebCrypto does not know them, and no quorum counts them.

/** @typedef {{name: string, type: number, key: Uint8Array, id: string}} Key */
/** @typedef {{logs: Key[], witnesses: Map<string, Key>, groups: Map<string, {least: number, members: string[]}>, quorum: string|null}} Policy */
/** @typedef {{name: string, id: string, signature: Uint8Array}} Line */
/** @typedef {{index: bigint, hashes: Uint8Array[], leaf: Uint8Array|null, text: string, lines: Line[], origin: string, size: bigint, root: Uint8Array}} Proof */
/** @typedef {{step: string, state: "good"|"bad"|"open", detail?: string}} Step */

const HEADER = "c2sp.org/tlog-proof@v1\n";
const NOTE = 1, COSIGNATURE = 4;
const MOST_LINES = 16, MOST_HASHES = 63, LARGEST = 2n ** 63n - 1n;
const encoder = new TextEncoder();

/** What is wrong with a file, for a person to read; the rest of the check goes no further. */
export class Malformed extends Error {}

/** @param {string} text @returns {Uint8Array} */
const utf8 = (text) => encoder.encode(text);

/** @param {Uint8Array} bytes @returns {string} */
export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** @param {...Uint8Array} parts @returns {Uint8Array} */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

/** @param {Uint8Array} one @param {Uint8Array} other */
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** Reads base64 in its one spelling. @param {string} text @param {number} [length] */
function base64(text, length) {
  let binary;
  try { binary = atob(text); } catch { throw new Malformed("base64"); }
  if (btoa(binary) !== text) throw new Malformed("base64");
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  if (length !== undefined && bytes.length !== length) throw new Malformed("length");
  return bytes;
}

/** @param {string} text */
function decimal(text) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > LARGEST) throw new Malformed("number");
  return BigInt(text);
}

/** Reads `name+hash+base64`. @param {string} text @returns {Promise<Key>} */
async function readKey(text) {
  const [name, id, ...rest] = text.split("+");
  const typed = base64(rest.join("+"));
  const type = typed[0];
  const derived = await sha256(joined(utf8(`${name}\n`), typed));
  if (!name || hex(derived.slice(0, 4)) !== id) throw new Malformed("key");
  if ((type === NOTE || type === COSIGNATURE) && typed.length !== 33) throw new Malformed("key");
  return { name, type, key: typed.slice(1), id };
}

/** Reads a policy: whose logs, whose cosignatures, and how many of them. @param {string} text @returns {Promise<Policy>} */
export async function readPolicy(text) {
  /** @type {Policy} */
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  let named = false;
  const taken = new Set(["none"]), members = new Set();
  const fresh = (/** @type {string} */ name) => {
    if (taken.has(name)) throw new Malformed("policy");
    taken.add(name);
  };
  for (const line of text.split("\n")) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (!words.length || words[0].startsWith("#")) continue;
    const [what, name, ...rest] = words;
    if (what === "log" && rest.length < 2) policy.logs.push(await readKey(name));
    else if (what === "witness" && (rest.length === 1 || rest.length === 2)) {
      const key = await readKey(rest[0]);
      if ([...policy.witnesses.values()].some((one) => same(one.key, key.key))) throw new Malformed("policy");
      fresh(name);
      policy.witnesses.set(name, key);
    } else if (what === "group" && rest.length > 1) {
      const [threshold, ...inside] = rest;
      fresh(name);
      for (const member of inside) {
        if (members.has(member) || !(policy.witnesses.has(member) || policy.groups.has(member))) throw new Malformed("policy");
        members.add(member);
      }
      const least = { any: 1, all: inside.length }[threshold] ?? Number(decimal(threshold));
      if (!(least >= 1 && least <= inside.length)) throw new Malformed("policy");
      policy.groups.set(name, { least, members: inside });
    } else if (what === "quorum" && !rest.length && !named) {
      if (name !== "none" && !policy.witnesses.has(name) && !policy.groups.has(name)) throw new Malformed("policy");
      policy.quorum = name === "none" ? null : name;
      named = true;
    } else throw new Malformed("policy");
  }
  if (!named || !policy.logs.length) throw new Malformed("policy");
  return policy;
}

/** Reads a `tlog-proof` file; nothing of it is verified yet. @param {Uint8Array} bytes @returns {Proof} */
export function readProof(bytes) {
  let text;
  try { text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { throw new Malformed("text"); }
  const middle = text.indexOf("\n\n");
  if (!text.startsWith(HEADER) || middle < 0) throw new Malformed("proof");
  const lines = text.slice(0, middle).split("\n").slice(1);
  const leaf = lines[0]?.startsWith("extra ") ? base64(lines.shift()?.slice(6) ?? "") : null;
  if (!lines[0]?.startsWith("index ")) throw new Malformed("proof");
  const index = decimal(lines.shift()?.slice(6) ?? "");
  if (lines.length > MOST_HASHES) throw new Malformed("proof");
  const hashes = lines.map((line) => base64(line, 32));
  return { index, hashes, leaf, ...readCheckpoint(text.slice(middle + 2)) };
}

/** @param {string} note */
function readCheckpoint(note) {
  const parted = note.lastIndexOf("\n\n");
  if (parted < 0 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) throw new Malformed("note");
  const text = note.slice(0, parted + 1);
  const lines = note.slice(parted + 2, -1).split("\n").map(readLine);
  const names = new Set(lines.map((line) => `${line.name} ${line.id}`));
  if (lines.length > MOST_LINES || names.size < lines.length) throw new Malformed("note");
  const head = text.slice(0, -1).split("\n");
  if (head.length !== 3 || !head[0]) throw new Malformed("checkpoint");
  return { text, lines, origin: head[0], size: decimal(head[1]), root: base64(head[2], 32) };
}

/** @param {string} line @returns {Line} */
function readLine(line) {
  const words = line.split(" ");
  if (words.length !== 3 || words[0] !== "\u2014" || !words[1] || /[\s+]/.test(words[1])) throw new Malformed("note");
  const bytes = base64(words[2]);
  if (bytes.length <= 4) throw new Malformed("note");
  return { name: words[1], id: hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
}

/** @param {Uint8Array} key @param {Uint8Array} signature @param {Uint8Array} message */
async function isSigned(key, signature, message) {
  if (signature.length !== 64) return false;
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** Climbs from a leaf to the root (RFC 9162, 2.1.3.2). @param {Proof} proof @returns {Promise<boolean>} */
async function leadsToRoot({ index, size, hashes, root, leaf }) {
  if (leaf === null || index >= size) return false;
  let at = index, last = size - 1n;
  let hash = await sha256(joined(new Uint8Array([0]), leaf));
  const pair = (/** @type {Uint8Array} */ left, /** @type {Uint8Array} */ right) => sha256(joined(new Uint8Array([1]), left, right));
  for (const sibling of hashes) {
    if (last === 0n) return false;
    if (at & 1n || at === last) {
      hash = await pair(sibling, hash);
      while (!(at & 1n) && at) { at >>= 1n; last >>= 1n; }
    } else hash = await pair(hash, sibling);
    at >>= 1n; last >>= 1n;
  }
  return last === 0n && same(hash, root);
}

/** Returns who cosigned, or null where a line of a known key is not theirs. @param {Proof} proof @param {Policy} policy */
async function cosigners(proof, policy) {
  const found = [];
  for (const [name, key] of policy.witnesses) {
    const line = proof.lines.find((one) => one.name === key.name && one.id === key.id);
    if (!line || key.type !== COSIGNATURE) continue;
    const time = line.signature.length === 72 ? new DataView(line.signature.buffer, line.signature.byteOffset).getBigUint64(0) : 0n;
    const message = utf8(`cosignature/v1\ntime ${time}\n${proof.text}`);
    if (time === 0n || time > LARGEST || !(await isSigned(key.key, line.signature.slice(8), message))) return null;
    found.push({ name, time });
  }
  return found;
}

/** @param {Policy} policy @param {string[]} names */
function isMet(policy, names) {
  const met = new Set(names);
  for (const [name, group] of policy.groups) {
    if (group.members.filter((one) => met.has(one)).length >= group.least) met.add(name);
  }
  return policy.quorum === null || met.has(policy.quorum);
}

/**
 * Checks a proof step by step; the first that fails is the last one.
 * @param {{proof: Uint8Array, policy: string, statement?: Uint8Array|null, statementKeys?: Uint8Array[]}} given
 * @returns {Promise<{steps: Step[], holds: boolean, proof: Proof|null, cosigners: {name: string, time: bigint}[], statement: any}>}
 */
export async function verify(given) {
  /** @type {Step[]} */
  const steps = [];
  /** @type {{steps: Step[], holds: boolean, proof: Proof|null, cosigners: {name: string, time: bigint}[], statement: any}} */
  const result = { steps, holds: false, proof: null, cosigners: [], statement: null };
  const say = (/** @type {string} */ step, /** @type {boolean|null} */ state, /** @type {string} */ detail = "") => {
    steps.push({ step, state: state === null ? "open" : state ? "good" : "bad", detail });
    return state !== false;
  };
  /** @type {Policy} */ let policy;
  try { policy = await readPolicy(given.policy); } catch { say("policy", false); return result; }
  /** @type {Proof} */ let proof;
  try { proof = readProof(given.proof); } catch { say("form", false); return result; }
  result.proof = proof;
  say("form", true);

  const log = policy.logs.find((one) => one.type === NOTE && one.name === proof.origin);
  const first = proof.lines[0];
  const signed = log !== undefined && first.name === log.name && first.id === log.id && (await isSigned(log.key, first.signature, utf8(proof.text)));
  if (!say("log", signed, proof.origin)) return result;
  if (!say("inclusion", await leadsToRoot(proof), `${proof.index} / ${proof.size}`)) return result;

  const found = await cosigners(proof, policy);
  if (found === null) { say("cosigned", false); return result; }
  result.cosigners = found;
  const names = found.map((one) => one.name);
  if (!say("cosigned", isMet(policy, names), names.map((one) => one.replaceAll("_", " ")).join(", "))) return result;
  result.holds = await isStatement(given, proof, say, result);
  return result;
}

/** @param {any} given @param {Proof} proof @param {(step: string, state: boolean|null, detail?: string) => boolean} say @param {any} result */
async function isStatement(given, proof, say, result) {
  const leaf = proof.leaf ?? new Uint8Array();
  if (leaf.length !== 128) return say("author", false);
  const checksum = leaf.slice(0, 32), signature = leaf.slice(32, 96), keyHash = leaf.slice(96);
  const message = joined(utf8("sigsum.org/v1/tree-leaf\0"), checksum);
  /** @type {Uint8Array|null} */ let author = null;
  for (const key of given.statementKeys ?? []) if (same(await sha256(key), keyHash)) author = key;
  if (!say("author", author === null ? null : await isSigned(author, signature, message), hex(keyHash))) return false;
  if (!given.statement) return say("statement", null);
  const id = await sha256(given.statement);
  if (!say("statement", same(await sha256(id), checksum), hex(id))) return false;
  try { result.statement = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(given.statement)); } catch { return say("place", false); }
  const { origin, sequence } = result.statement;
  return say("place", origin === proof.origin && Number.isInteger(sequence) && BigInt(sequence) === proof.index, `${sequence}`);
}

/** Reads the public key of a line `ssh-ed25519 …`. @param {string} text @returns {Uint8Array|null} */
export function readOpenSsh(text) {
  const [type, encoded] = text.trim().split(/\s+/);
  if (type !== "ssh-ed25519" || !encoded) return null;
  try { return base64(encoded, 51).slice(19); } catch { return null; }
}
