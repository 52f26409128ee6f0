/* 任务分解表之一：数据、校验、撤销、自动保存、本机草稿、粘贴解析；不碰 DOM。 */
(function () {
'use strict';
const holder = document.getElementById('grid-payload');
if (!holder) return;
const P = JSON.parse(holder.textContent);
const table = document.getElementById('grid');
const keys = Object.keys, T = {}, order = [], OPT = {}, byName = {};
const COLS = P.cols.concat([{ k: 'due', kind: 'due', l: '完成时限' }]);
const LEAD = 'lead_unit', UNITS = 'responsible_unit', LEADER = 'responsible_leader', PERSON = 'responsible_person';
const of = (x) => T[x.id].cells[x.c];
const squeeze = (s) => s.replace(/\s+/g, '').replace(/\(/g, '（').replace(/\)/g, '）');

P.options.forEach((o, i) => {
  o.i = i; OPT[o.k] = o;
  if (!o.gone) [o.l].concat(o.a || []).forEach((n) => { n = squeeze(n); (byName[n] = byName[n] || []).push(o); });
});
P.tasks.forEach((t) => {
  t.cells.due = { v: t.due ? [t.due] : [], n: t.n };
  t.locked = t.st === 'done' || t.st === 'void';
  T[t.id] = t; order.push(t.id);
});

const store = { P, T, order, OPT, COLS, LEAD, UNITS, LEADER, PERSON };
const label = (k) => (OPT[k] ? OPT[k].l : k);
const text = (id, c) => { const x = T[id].cells[c]; return !x ? '' : x.v.map((k) => (c === 'due' ? k : label(k))).join('、'); };
const frozen = (id, c) => !T[id].cells[c] || T[id].locked;
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const fits = (o, kind) => o.k[0] === 'g' || (kind === LEAD || kind === UNITS ? o.k[0] === 'u' : o.k[0] === 'p');
const colOf = (kind) => kind + '-0';
const first = (t, kind) => { const x = t.cells[colOf(kind)]; return x && x.v.length ? x.v[0] : null; };

/* 校验（与服务端 checks.py 一致；空槽位之外只作提示） */
function checks(id) {
  const t = T[id], out = [], leads = [], others = [], leaders = [];
  P.cols.forEach((col) => {
    const x = t.cells[col.k]; if (!x) return;
    if (!x.v.length) out.push({ c: col.k, m: true, t: col.l + '未填写' });
    if (col.kind === LEAD) x.v.forEach((k) => leads.push([k, col.k]));
    if (col.kind === UNITS) x.v.forEach((k) => others.push(k));
    if (col.kind === LEADER) x.v.forEach((k) => leaders.push(k));
    x.v.forEach((k) => { const o = OPT[k]; if (o && o.gone) out.push({ c: col.k, t: o.l + o.gone }); });
  });
  if (leads.length > 1) out.push({ c: leads[0][1], t: '牵头单位有 ' + leads.length + ' 个，请确认是否联合牵头' });
  leads.forEach((x) => { if (others.indexOf(x[0]) >= 0) out.push({ c: t.cells[colOf(UNITS)] ? colOf(UNITS) : x[1], t: label(x[0]) + '同时是牵头单位和责任单位' }); });
  if (leads.length && leaders.length && leads[0][0][0] === 'u' && !leaders.some((k) => k[0] === 'g')) {
    const own = P.leaders[leads[0][0].slice(1)];
    if (own && OPT[own] && leaders.indexOf(own) < 0) out.push({ c: colOf(LEADER), t: label(leads[0][0]) + '由' + label(own) + '分管，与责任领导不一致' });
  }
  const due = t.cells.due.v[0];
  if (due && due < P.today) out.push({ c: 'due', t: '完成时限 ' + due + ' 早于今天' });
  return out;
}
function counts() {
  const r = { items: order.length + P.rest.items, miss: P.rest.miss, missItems: P.rest.missItems, warn: 0, groups: {} };
  order.forEach((id) => {
    const c = checks(id), m = c.filter((x) => x.m).length;
    r.miss += m; if (m) r.missItems++; if (c.length > m) r.warn++;
    T[id].sec.forEach((g) => { const x = r.groups[g] = r.groups[g] || { n: 0, ok: 0 }; x.n++; if (!m) x.ok++; });
  });
  return r;
}
const left = () => { const n = counts(); return n.miss ? '还有 ' + n.missItems + ' 项 ' + n.miss + ' 处未落实' : '全部落实'; };

/* 建议（依据写在旁边，从不自动填入） */
function suggestion(id, c) {
  const t = T[id], col = COLS.find((x) => x.k === c);
  if (!col || c === 'due' || c !== colOf(col.kind) || frozen(id, c)) return { v: [], why: '' };
  const said = t.sug[col.kind] || { v: [], why: '' }, lead = first(t, LEAD);
  const guess = (t.sug[LEAD] || { v: [] }).v[0];
  if (lead && lead !== guess && (col.kind === LEADER || col.kind === PERSON)) {
    const k = lead[0] === 'u' ? (col.kind === LEADER ? P.leaders : P.heads)[lead.slice(1)] : null;
    return !k ? { v: [], why: '' } : { v: [k], why: col.kind === LEADER ? label(lead) + '由' + label(k) + '分管' : label(lead) + '主要负责人' };
  }
  const v = said.v.filter((k) => OPT[k] && !(col.kind === UNITS && k === lead));
  return { v, why: said.w ? '正文提及' + v.slice(0, 4).map((k) => '“' + said.w[said.v.indexOf(k)] + '”').join('、') : said.why };
}
function open(id) {
  return P.cols.map((col) => Object.assign({ c: col.k, l: col.l }, suggestion(id, col.k))).filter((s) => s.v.length && !T[id].cells[s.c].v.length);
}

/* 写入：一次操作一步撤销 */
const undo = [], redo = [], listeners = { change: [], save: [], conflict: [], refused: [], reason: [], letters: [] };
store.on = (what, f) => listeners[what].push(f);
const tell = (what, x) => listeners[what].forEach((f) => f(x));
const status = (state, x) => tell('save', Object.assign({ state }, x));
function apply(changes, said, how) {
  how = how || {};
  changes = changes.filter((x) => !frozen(x.id, x.c) && !same(of(x).v, x.v));
  if (!changes.length) return 0;
  const back = changes.map((x) => ({ id: x.id, c: x.c, v: of(x).v.slice(), b: '' }));
  changes.forEach((x) => { const cell = of(x); cell.v = x.v.slice(); cell.b = x.b || ''; if (x.n !== undefined) cell.n = x.n; });
  if (!how.quiet) { undo.push({ back, said }); redo.length = 0; }
  if (!how.saved) queueUp(changes);
  tell('change', { changes, said: how.said || said + '，' + left() });
  return changes.length;
}
function step(from, to, verb) {
  const u = from.pop(); if (!u) return false;
  const again = u.back.map((x) => ({ id: x.id, c: x.c, v: of(x).v.slice(), b: of(x).b || '' }));
  apply(u.back, u.said, { quiet: true, said: verb + u.said + '，' + left() }); to.push({ back: again, said: u.said });
  return true;
}

/* 自动保存：停手 0.6 秒即存，连续录入最长 2 秒存一次，同时只有一个请求 */
const KEY = 'grid-draft-' + table.dataset.paper + '-' + table.dataset.user;
const url = table.dataset.slots;
let queue = {}, flying = null, pending = null, conflicts = {}, held = {}, why = '', asked = {}, letters = null, timer = null, again = null, since = 0, halted = false, waiters = [], broken = false;
const ref = (x) => (x.c === 'due' ? 'd' + x.id : 'c' + of(x).s);
const token = () => { const a = new Uint32Array(4); crypto.getRandomValues(a); return Array.from(a, (n) => n.toString(36)).join(''); };
const clock = () => { const d = new Date(); return [d.getHours(), d.getMinutes(), d.getSeconds()].map((x) => (x < 10 ? '0' : '') + x).join(':'); };
const dirty = () => keys(queue).length > 0 || !!flying || keys(conflicts).length > 0 || keys(held).length > 0 || keys(asked).length > 0;
function queueUp(changes) {
  changes.forEach((x) => { const r = ref(x); delete conflicts[r]; delete held[r]; delete asked[r]; queue[r] = { id: x.id, c: x.c }; });
  keep(); schedule();
}
function schedule(wait) {
  if (halted) return;
  status(broken ? 'retry' : 'saving');
  if (!since) since = Date.now();
  clearTimeout(timer);
  timer = setTimeout(send, wait !== undefined ? wait : Math.max(0, Math.min(600, since + 2000 - Date.now())));
}
function keep() { /* 只在本会话内：共用电脑，不用 localStorage */
  const cells = [];
  [queue, flying || {}, conflicts, held, asked].forEach((m) => keys(m).forEach((r) => { const x = m[r], cell = of(x); cells.push({ id: x.id, c: x.c, v: cell.v, n: cell.n, b: cell.b || '' }); }));
  try { if (cells.length) sessionStorage.setItem(KEY, JSON.stringify(cells)); else sessionStorage.removeItem(KEY); } catch (e) { /* 隐私模式 */ }
}
function send() {
  if (flying || halted) return;
  const refs = keys(queue); since = 0;
  if (!refs.length) { settle(); return; }
  flying = queue; queue = {};
  const body = { token: token(), cells: {}, dues: {} }, sent = {};
  refs.forEach((r) => {
    const x = flying[r], cell = of(x); sent[r] = cell.v.slice();
    if (x.c === 'due') body.dues[x.id] = { due: cell.v[0] || null, version: cell.n, basis: cell.b || '' };
    else body.cells[cell.s] = { values: cell.v, version: cell.n, basis: cell.b || '' };
  });
  if (keys(body.dues).length) body.reason = why;
  if (letters) body.letters = letters;
  pending = { body: JSON.stringify(body), sent }; attempt();
}
/* 没收到答复的，连同令牌原样重发，不会重复写入 */
function attempt() {
  const now = pending; clearTimeout(again); now.out = true;
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': document.body.dataset.csrf };
  fetch(url, { method: 'POST', credentials: 'same-origin', headers, body: now.body })
    .then((r) => r.json().catch(() => ({})).then((a) => ({ status: r.status, a })))
    .then((r) => answered(r.status, r.a, now.sent), retry);
}
function retry() {
  broken = true; pending.out = false; keep();
  status('retry'); again = setTimeout(attempt, 3000);
}
function answered(code, a, sent) {
  const was = flying;
  if (code >= 500 || code === 429) { retry(); return; }
  flying = null; broken = false;
  if (code === 200) {
    keys(was).forEach((r) => {
      const x = was[r], cell = of(x), n = r[0] === 'd' ? a.items[x.id] : a.cells[cell.s];
      if (n) cell.n = n;
      if (!same(cell.v, sent[r]) && !queue[r]) queue[r] = x;
    });
    if (keys(was).some((r) => r[0] === 'd')) why = '';
    letters = null;
    keep();
    if (keys(queue).length) schedule(); else settle(a.at);
    status('stored', { ids: keys(was).map((r) => was[r].id) });
  } else if (code === 409 && a.details && (a.details.cells || a.details.dues)) {
    keys(was).forEach((r) => {
      const x = was[r], cell = of(x);
      const c = r[0] === 'd' ? a.details.dues[x.id] : a.details.cells[cell.s];
      if (c) { conflicts[r] = Object.assign({ id: x.id, c: x.c }, c); delete queue[r]; } else if (!queue[r]) queue[r] = x;
    });
    keep(); tell('conflict', list());
    if (keys(queue).length) schedule(0); else settle();
  } else if (a.code === 'letters_concerned') {
    asked = Object.assign(was, asked); letters = null;
    keep(); tell('letters', { letters: a.details.letters });
    if (keys(queue).length) schedule(0); else settle();
  } else if (a.details && a.details.letters_reason) {
    asked = Object.assign(was, asked); letters = null;
    keep(); tell('letters', { said: a.error });
    if (keys(queue).length) schedule(0); else settle();
  } else if (a.details && a.details.reason) {
    keys(was).forEach((r) => { if (r[0] === 'd' && a.details.dues[was[r].id]) held[r] = was[r]; else if (!queue[r]) queue[r] = was[r]; });
    keep(); tell('reason', { said: a.error, n: keys(held).length });
    if (keys(queue).length) schedule(0); else settle();
  } else if (code === 401 || code === 403) {
    halted = true; queue = Object.assign(was, queue); keep();
    status(code === 401 ? 'login' : 'denied', { said: a.error });
    release();
  } else refused(was, a);
}
function refused(was, a) { /* 被拒的格子写明原因并标出，其余照存；填写内容留在表内 */
  const bad = (a.details && a.details.cells) || {}, dues = (a.details && a.details.dues) || {}, out = [];
  const known = keys(bad).length + keys(dues).length > 0;
  keys(was).forEach((r) => {
    const x = was[r], cell = of(x), why = r[0] === 'd' ? dues[x.id] : bad[cell.s];
    if (why || !known) out.push({ id: x.id, c: x.c, t: why || a.error || '内容不符合要求' }); else if (!queue[r]) queue[r] = x;
  });
  keep(); tell('refused', { cells: out, said: a.error });
  if (keys(queue).length) schedule(0); else { status('refused'); release(); }
}
function settle(at) {
  const n = keys(conflicts).length;
  if (n) status('conflict', { n }); else if (keys(held).length) status('reason', { n: keys(held).length }); else if (keys(asked).length) status('letters', { n: keys(asked).length }); else status('saved', { at: at || clock() });
  release();
}
/* 已下发任务改时限的依据：填了，等着的时限才一并保存 */
function ground(text) { why = text; queue = Object.assign(held, queue); held = {}; keep(); schedule(0); }
function release() { const w = waiters; waiters = []; w.forEach((f) => f()); }
/* 影响已签责任书的修改：选定哪些失效重签，才一并保存 */
function choose(choice) { letters = choice; queue = Object.assign(asked, queue); asked = {}; keep(); schedule(0); }
/* 等到都已存妥（或停下）再往下办，例如校验并下发之前 */
function flush() {
  return new Promise((done) => {
    if (!keys(queue).length && !flying) { done(); return; }
    waiters.push(done); if (!flying) { clearTimeout(timer); send(); }
  });
}
const list = () => keys(conflicts).map((r) => Object.assign({ ref: r }, conflicts[r]));
function resolve(r, mine) {
  const x = conflicts[r]; if (!x) return;
  const cell = of(x), theirs = x.c === 'due' ? (x.theirs ? [x.theirs] : []) : x.theirs;
  delete conflicts[r]; cell.n = x.version;
  if (mine) queueUp([x]);
  else { cell.v = theirs.slice(); cell.b = ''; tell('change', { changes: [{ id: x.id, c: x.c }], said: '已保留' + x.who + '的修改，' + left() }); keep(); }
  if (!keys(queue).length && !flying) settle();
}
function recover() {
  let kept = [];
  try { kept = JSON.parse(sessionStorage.getItem(KEY) || '[]'); } catch (e) { kept = []; }
  const back = kept.filter((x) => T[x.id] && of(x) && !same(of(x).v, x.v));
  if (!back.length) { keep(); return 0; }
  /* 带着当时的版本重发：别人已改的，由服务端答 409 再选 */
  return apply(back, '恢复本机草稿 ' + back.length + ' 处');
}
window.addEventListener('beforeunload', (e) => { if (dirty()) { keep(); e.preventDefault(); e.returnValue = ''; } });
window.addEventListener('online', () => { if (flying && !pending.out) attempt(); });

/* 粘贴：引号感知的 TSV（Excel、WPS 单元格内换行和制表符不拆行） */
function tsv(s) {
  const rows = [[]]; let f = '', q = false;
  for (let i = 0; i < s.length; i++) {
    const ch = s[i];
    if (q) { if (ch === '"') { if (s[i + 1] === '"') { f += '"'; i++; } else q = false; } else f += ch; }
    else if (ch === '"' && f === '') q = true;
    else if (ch === '\t') { rows[rows.length - 1].push(f); f = ''; }
    else if (ch === '\n') { rows[rows.length - 1].push(f); f = ''; rows.push([]); }
    else if (ch !== '\r') f += ch;
  }
  rows[rows.length - 1].push(f);
  while (rows.length > 1 && rows[rows.length - 1].every((x) => !x.trim())) rows.pop();
  return rows;
}
function day(s) {
  const z = (x) => ('0' + x).slice(-2);
  let m = s.match(/^(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*$/), y, mo, d;
  if (m) { y = +m[1]; mo = +m[2]; d = +m[3]; }
  else if ((m = s.match(/^(?:(\d{4})年)?(\d{1,2})月(?:底|末)前?$/))) { y = +(m[1] || P.year); mo = +m[2]; d = new Date(y, mo, 0).getDate(); }
  else if ((m = s.match(/^(\d{1,2})月(\d{1,2})日前?$/))) { y = P.year; mo = +m[1]; d = +m[2]; }
  else return null;
  const t = new Date(y, mo - 1, d);
  return t.getFullYear() === y && t.getMonth() === mo - 1 && t.getDate() === d ? y + '-' + z(mo) + '-' + z(d) : null;
}
function find(name, kind) { /* 一个名称可能指的对象；责任领导中县领导优先 */
  name = squeeze(name);
  const pick = (n) => (byName[n] || []).filter((o) => fits(o, kind));
  let got = pick(name);
  if (!got.length && /（.+）$/.test(name)) got = pick(name.replace(/（.+）$/, ''));
  if (!got.length && (kind === LEADER || kind === PERSON)) got = P.options.filter((o) => o.k[0] === 'p' && !o.gone && name.length > o.l.length && name.slice(-o.l.length) === o.l && (o.a || []).some((n) => squeeze(n) === name.slice(0, -o.l.length)));
  if (kind === LEADER && got.length > 1 && got.some((o) => o.top)) got = got.filter((o) => o.top);
  return got;
}
function read(raw, col) {
  const out = [], bad = [];
  if (col.kind === 'due') { const d = day(raw.trim()); return d ? { v: [d], bad } : { v: [], bad: ['“' + raw.trim() + '”'] }; }
  raw.split(/[、,，;；\n]+/).forEach((p) => {
    p = p.trim(); if (!p) return;
    let words = [p];
    if (!find(p, col.kind).length && /\s/.test(p)) words = p.split(/\s+/);
    words.forEach((w) => {
      const got = find(w, col.kind);
      if (got.length === 1) { if (out.indexOf(got[0].k) < 0) out.push(got[0].k); } else bad.push('“' + w + '”' + (got.length ? '有 ' + got.length + ' 个' : ''));
    });
  });
  return { v: out, bad };
}

Object.assign(store, { label, text, frozen, same, fits, checks, counts, left, suggestion, open, apply, flush, resolve, recover, tsv, read, conflicts: list, ground, choose,
  undo: () => step(undo, redo, '已撤销'), redo: () => step(redo, undo, '已重做') });
window.portalGrid = store;
})();
