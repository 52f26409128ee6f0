/* 任务分解表之三：画表、移动、批量、对话框、侧栏（WAI-ARIA grid）。 */
(function () {
'use strict';
const S = window.portalGrid; if (!S || !S.editor) return;
const T = S.T, COLS = S.COLS, E = S.editor, esc = S.esc, $ = (id) => document.getElementById(id), say = (t) => window.say(t), no = (e) => e.preventDefault(), listen = (w, f) => document.addEventListener(w, f), one = (s) => document.querySelector(s), all = (s) => document.querySelectorAll(s);
const grid = $('grid'), gw = $('gw'), side = $('side'), savest = $('savest'), SLOTS = COLS.length - 1;
let vis = S.order.slice(), cur = { r: 0, c: 0 }, anc = { r: 0, c: 0 }, filter = 'all', drag = false, sideId = null;
document.documentElement.classList.add('has-js');
const icon = (n) => '<svg class="lampic" aria-hidden="true"><use href="#i-' + n + '"/></svg>';
const rows = {}; all('#grid tr[data-task]').forEach((r) => { rows[r.dataset.task] = r; });
const cellOf = (id, c) => rows[id].querySelector('[data-slot="' + c + '"]');
const at = (r, c) => cellOf(vis[r], COLS[c].k);
const where = (id, c) => T[id].no + ' ' + (COLS.find((x) => x.k === c) || {}).l;

/* 画 */
function paint(id, c, warned) {
  const td = cellOf(id, c), x = T[id].cells[c]; if (!x || td.classList.contains('edit')) return;
  let h = x.v.map((k, i) => (i ? '<span class="visually-hidden">、</span>' : '') + (c === 'due' ? esc(k) : S.chip(k))).join('');
  if (!x.v.length) h = c === 'due' ? '<span class="ghost">' + esc(T[id].dueText || '默认 12-31') + '</span>' : '<span class="todo-t">' + icon('yellow') + '待落实</span>';
  const warn = warned.some((w) => w.c === c && !w.m), miss = !x.v.length && c !== 'due';
  td.innerHTML = h + (warn ? '<span class="visually-hidden">，有提示</span>' : '');
  td.classList.toggle('miss', miss); td.classList.toggle('warn', warn);
  if (c !== 'due') td.setAttribute('aria-invalid', miss);
}
function paintRow(id) { const w = S.checks(id); COLS.forEach((c) => paint(id, c.k, w)); }
function counts() {
  const n = S.counts(), td = $('todo');
  td.classList.toggle('ok', !n.miss);
  td.innerHTML = n.miss ? icon('yellow') + '<span>还有 <b id="missN">' + n.missItems + '</b> 项未落实<small>（' + n.miss + ' 处）</small></span>' : icon('green') + '<span>全部落实</span>';
  one('[data-n=miss]').textContent = n.missItems - S.P.rest.missItems;
  one('[data-n=warn]').textContent = n.warn;
  Object.keys(n.groups).forEach((g) => {
    const x = n.groups[g], e = one('[data-c="' + g + '"]');
    if (e) { e.textContent = x.ok + '/' + x.n; e.className = 'c ' + (x.ok === x.n ? 'ok' : 'warn'); }
  });
  all('#grid [data-gc]').forEach((e) => {
    const ids = S.order.filter((id) => rows[id].dataset.g === e.dataset.gc);
    const done = ids.filter((id) => !S.checks(id).some((x) => x.m)).length;
    e.textContent = '已落实 ' + done + '/' + ids.length + ' 项';
  });
  return n;
}
let changesT;
function loadChanges(id, wait) {
  clearTimeout(changesT);
  changesT = setTimeout(() => {
    if (sideId !== id) return;
    /* 不用 htmx：登录失效时它会整页跳走 */
    fetch(grid.dataset.changes.replace('/0/', '/' + id + '/'), { credentials: 'same-origin', headers: { 'HX-Request': 'true' } })
      .then((r) => (r.status === 200 ? r.text() : '')).then((h) => { if (sideId === id && h) $('lastchanges').innerHTML = h; }, () => {});
  }, wait);
}
function sideNow() {
  const id = vis[cur.r], t = T[id];
  $('sidetask').hidden = !t; $('sidenone').hidden = !!t;
  if (!t) { sideId = null; return; }
  if (sideId !== id) {
    sideId = id;
    $('sideh').textContent = t.no + '　' + t.t; $('sideorig').innerHTML = t.b.map((x, i) => (i % 2 ? '<mark>' + esc(x) + '</mark>' : esc(x))).join(''); $('sideorig').scrollTop = 0;
    const to = (u) => u.replace('/0/', '/' + id + '/'), d = $('sidedetail');
    $('sidesplit').href = to(grid.dataset.split); if (d) d.href = to(d.dataset.url);
    $('lastchanges').innerHTML = '<p class="muted small">正在读取…</p>'; loadChanges(id, 500);
  }
  const c = S.checks(id), sg = t.locked ? [] : S.open(id); let h = '';
  if (sg.length) h += '<div class="box"><h3>建议（依据正文提及和领导分工）</h3><dl>' + sg.map((s) => '<dt>' + esc(s.l) + '</dt><dd>' + esc(s.v.map(S.label).join('、')) + '<span class="why">' + esc(s.why) + '</span></dd>').join('') + '</dl><button class="btn btn-line btn-sm mt-1" type="button" data-act="accept">采纳本项建议 <kbd>Alt+Enter</kbd></button></div>';
  h += '<h3>校验</h3><ul class="chk">' + (c.length ? c.map((x) => '<li class="w">' + icon('yellow') + esc(x.t) + '</li>').join('') : '<li class="o">' + icon('green') + '本项责任已落实</li>') + '</ul>';
  $('sidebox').innerHTML = h;
}
const range = () => ({ r0: Math.min(cur.r, anc.r), r1: Math.max(cur.r, anc.r), c0: Math.min(cur.c, anc.c), c1: Math.max(cur.c, anc.c) });
function mark(focus) {
  all('#grid .sel,#grid .act').forEach((x) => { x.classList.remove('sel', 'act'); x.removeAttribute('aria-selected'); });
  all('#grid tr.cur').forEach((x) => x.classList.remove('cur'));
  all('#grid [role=gridcell][tabindex="0"]').forEach((x) => { x.tabIndex = -1; });
  if (vis.length) {
    const g = range();
    for (let r = g.r0; r <= g.r1; r++) for (let c = g.c0; c <= g.c1; c++) { const k = at(r, c); k.classList.add('sel'); k.setAttribute('aria-selected', 'true'); }
    const a = at(cur.r, cur.c); a.classList.add('act'); a.tabIndex = 0; rows[vis[cur.r]].classList.add('cur');
    if (focus !== false) { a.focus({ preventScroll: true }); scrollTo(a); }
    const gid = rows[vis[cur.r]].dataset.g;
    all('.tree a').forEach((x) => { if (x.dataset.ch === gid) x.setAttribute('aria-current', 'true'); else x.removeAttribute('aria-current'); });
  }
  sideNow();
}
function scrollTo(el) {
  const b = el.getBoundingClientRect(), w = gw.getBoundingClientRect(), top = w.top + 66;
  if (b.top < top) gw.scrollTop -= top - b.top; else if (b.bottom > w.bottom - 4) gw.scrollTop += b.bottom - w.bottom + 4;
  if (b.right > w.right) gw.scrollLeft += b.right - w.right; else if (b.left < w.left) gw.scrollLeft -= w.left - b.left;
}
function go(r, c, ext) {
  cur = { r: Math.max(0, Math.min(vis.length - 1, r)), c: Math.max(0, Math.min(SLOTS, c)) };
  if (!ext) anc = { r: cur.r, c: cur.c };
  mark();
}
function goCell(id, c) { if (vis.indexOf(+id) < 0) setFilter('all'); go(vis.indexOf(+id), Math.max(0, COLS.findIndex((x) => x.k === c))); }

/* 编辑与批量 */
function open(init) {
  if (!vis.length) return;
  const id = vis[cur.r], col = COLS[cur.c];
  if (T[id].locked) { say(T[id].no + ' 已办结，不能再改'); return; }
  if (S.frozen(id, col.k)) { say('原文无此项'); return; }
  E.open({ id, c: col.k, col, td: at(cur.r, cur.c) }, init, (v, everywhere) => {
    if (v) {
      const g = range(), ch = [];
      if (everywhere) for (let r = g.r0; r <= g.r1; r++) ch.push({ id: vis[r], c: col.k, v }); else ch.push({ id, c: col.k, v });
      S.apply(ch, col.l + '已填写');
    }
    paint(id, col.k, S.checks(id));
  });
}
function each(f) { const g = range(), ch = []; for (let r = g.r0; r <= g.r1; r++) for (let c = g.c0; c <= g.c1; c++) f(vis[r], COLS[c], ch); return ch; }
function fillDown() {
  const g = range(), ch = [];
  if (g.r0 === g.r1) { if (g.r0 === 0) return; g.r0--; }
  for (let c = g.c0; c <= g.c1; c++) {
    const from = T[vis[g.r0]].cells[COLS[c].k];
    if (from) for (let r = g.r0 + 1; r <= g.r1; r++) ch.push({ id: vis[r], c: COLS[c].k, v: from.v });
  }
  S.apply(ch, '向下填充'); mark();
}
const link = (id, c, t) => '<a href="#t-' + id + '" data-cell="' + id + '|' + c + '">' + esc(where(id, c)) + '</a>' + esc(t);
function note(html) { const m = $('pmsg'); m.hidden = !html; m.querySelector('span').innerHTML = html; }
function paste(raw) {
  let table = S.tsv(raw); const ch = [], bad = [], out = []; let written = 0, full = 0;
  /* 连表头一起复制来的，跳过表头行 */
  if (table.length > 1 && table[0].every((f, j) => !f.trim() || (COLS[cur.c + j] && f.trim() === COLS[cur.c + j].l))) table = table.slice(1);
  const g = range(), many = table.length === 1 && table[0].length === 1 && (g.r0 !== g.r1 || g.c0 !== g.c1);
  const put = (f, r, c) => {
    if (!f.trim()) return; /* 合并单元格的空格不清空原值 */
    full++;
    if (r >= vis.length || c >= COLS.length) { out.push(f.trim()); return; }
    const id = vis[r], col = COLS[c];
    if (S.frozen(id, col.k)) { bad.push({ id, c: col.k, t: T[id].locked ? '已办结，不能再改' : '原文无此项' }); return; }
    const x = S.read(f, col);
    if (x.bad.length) bad.push({ id, c: col.k, t: x.bad.join('、') });
    if (x.v.length) { ch.push({ id, c: col.k, v: x.v, b: '粘贴' }); written++; }
  };
  if (many) for (let r = g.r0; r <= g.r1; r++) for (let c = g.c0; c <= g.c1; c++) put(table[0][0], r, c);
  else { const base = { r: g.r0, c: g.c0 }; cur = { r: base.r, c: base.c }; table.forEach((line, i) => line.forEach((f, j) => put(f, base.r + i, base.c + j))); }
  const parts = [];
  if (bad.length) parts.push(bad.length + ' 处未识别，未写入：' + bad.slice(0, 4).map((b) => link(b.id, b.c, b.t)).join('；') + (bad.length > 4 ? ' 等' : ''));
  if (out.length) parts.push(out.length + ' 格在表格之外，未写入：' + out.slice(0, 4).map((x) => '“' + esc(x.slice(0, 16)) + '”').join('、') + (out.length > 4 ? ' 等' : ''));
  const said = '已粘贴 ' + written + ' 格';
  note(parts.length ? said + '，' + parts.join('；') : '');
  const tail = (bad.length ? '，' + bad.length + ' 处未识别' : '') + (out.length ? '，' + out.length + ' 格在表格之外' : '');
  if (!S.apply(ch, said, tail ? { said: said + tail + '，' + S.left() } : null)) say((full ? said + tail : '剪贴板中没有内容'));
  if (!many) anc = { r: cur.r, c: cur.c };
  mark();
}
const copy = () => { const g = range(), out = []; for (let r = g.r0; r <= g.r1; r++) { const l = []; for (let c = g.c0; c <= g.c1; c++) l.push(S.text(vis[r], COLS[c].k)); out.push(l.join('\t')); } return out.join('\n'); };
function accept(ids) {
  const ch = []; ids.forEach((id) => { if (id !== undefined && !T[id].locked) S.open(id).forEach((s) => ch.push({ id, c: s.c, v: s.v, b: '采纳建议' })); });
  if (!S.apply(ch, '已采纳建议 ' + ch.length + ' 格')) say('没有可采纳的建议');
  mark();
}
function next() {
  const n = vis.length * SLOTS, from = grid.contains(document.activeElement) ? 1 : 0; /* 焦点还不在表里，先到当前格 */
  for (let k = from; k < n + from; k++) {
    const p = (cur.r * SLOTS + Math.min(cur.c, SLOTS - 1) + k) % n, r = Math.floor(p / SLOTS), c = p % SLOTS, x = T[vis[r]].cells[COLS[c].k];
    if (x && !x.v.length) { go(r, c); return true; }
  }
  say(S.P.rest.miss ? '本章全部落实' : '全部落实'); return false;
}
function setFilter(f) {
  filter = f;
  vis = S.order.filter((id) => { const c = S.checks(id); return f === 'all' || (f === 'miss' && c.some((x) => x.m)) || (f === 'warn' && c.some((x) => !x.m)); });
  S.order.forEach((id) => { rows[id].hidden = vis.indexOf(id) < 0; });
  all('#grid tr.sec').forEach((s) => { const g = s.dataset.g; s.hidden = !vis.some((id) => rows[id].dataset.g === g); });
  all('[data-filter]').forEach((b) => b.setAttribute('aria-pressed', b.dataset.filter === f));
  if (vis.length) go(0, 0); else { cur = { r: 0, c: 0 }; mark(); }
  say('显示 ' + vis.length + ' 项');
}

/* 对话框：校验并下发、冲突 */
const ask = (url, options) => fetch(url, Object.assign({ credentials: 'same-origin' }, options, { headers: Object.assign({ Accept: 'application/json', 'X-CSRFToken': document.body.dataset.csrf }, options && options.headers) })).then((r) => r.json().then((a) => { if (!r.ok) throw new Error(a.error); return a; }));
const unanswered = (e) => { const s = e && /[一-龥]/.test(e.message) ? e.message : '网络已断开，填写内容已保留在本机，请稍后再试'; note(esc(s)); say(s); };
function publish() {
  const d = $('pubdlg');
  if (d.open) return;
  S.flush().then(() => ask(d.dataset.url)).then((a) => {
    const bad = a.incomplete;
    $('pubbad').hidden = !bad.length; $('pubgood').hidden = !a.complete; $('pubnone').hidden = !!a.complete;
    $('pubbad').innerHTML = '<h2>有 ' + bad.length + ' 项任务未落实，共 ' + a.empty + ' 处</h2><ul class="mb-0">' + bad.map((x) => '<li><a href="#t-' + x.id + '" data-goto="' + x.id + '">' + esc(x.label) + '</a>：' + esc(x.missing) + '</li>').join('') + '</ul>';
    $('pubn').textContent = a.complete + ' 项任务送达 ' + a.units + ' 个单位';
    $('pubnum').hidden = $('puball').hidden = bad.length > 0 || !a.complete; $('pubrest').hidden = !bad.length;
    $('pubexp').value = a.complete;
    $('pubgo').textContent = bad.length ? '先下发 ' + a.complete + ' 项' : '下发全部 ' + a.complete + ' 项';
    $('pubgo').disabled = !a.complete;
    $('pubhint').textContent = a.doubtful.length ? a.doubtful.length + ' 项有提示，不影响下发' : '';
    if (!d.open) { d._from = one('[data-act=publish]'); d.showModal(); }
  }).catch(unanswered);
}
function conflict() {
  const d = $('cfdlg'), list = S.conflicts();
  if (!list.length) { if (d.open) d.close(); return; }
  const x = list[0], cell = T[x.id].cells[x.c];
  const mine = (x.c === 'due' ? cell.v : cell.v.map(S.shown)).join('、') || '空', theirs = (x.c === 'due' ? [x.theirs || ''] : x.theirs.map(S.shown)).filter(Boolean).join('、') || '空';
  const who = x.who || '他人';
  $('cfq').textContent = x.where + '：' + who + ' ' + x.when + ' 改为' + theirs + '，保留哪一个？';
  $('cfwho').textContent = who + '的修改'; $('cft').textContent = theirs; $('cfm').textContent = mine;
  $('cfmore').textContent = list.length > 1 ? '还有 ' + (list.length - 1) + ' 处' : '';
  const t = $('cftheirs'), m = $('cfmine');
  t.textContent = '保留' + who + '的修改'; t.setAttribute('data-ref', x.ref); m.setAttribute('data-ref', x.ref);
  if (E.active()) E.close(true);
  if (!d.open) d.showModal();
  t.focus();
}
$('cfdlg').addEventListener('click', (e) => {
  const b = e.target.closest('[data-keep]'); if (!b) return;
  const x = S.conflicts().find((y) => y.ref === b.dataset.ref); if (!x) return;
  S.resolve(x.ref, b.dataset.keep === 'mine');
  conflict(); if (!S.conflicts().length) goCell(x.id, x.c);
});
function reason(x) {
  const d = $('whydlg'); if (x && x.said) $('whyq').textContent = x.said;
  if (E.active()) E.close(true);
  $('why').value = ''; if (!d.open) { d._from = grid.querySelector('[tabindex="0"]'); d.showModal(); }
  $('why').focus();
}
$('whydlg').addEventListener('submit', (e) => { no(e); const v = $('why').value.trim(); if (!v) return; $('whydlg').close(); S.ground(v); });
let concerned = [];
function letters(x) {
  const d = $('ltdlg'), list = $('ltlist');
  if (x && x.letters) concerned = x.letters;
  if (!concerned.length) return;
  $('lth').textContent = '影响 ' + concerned.length + ' 份责任书';
  if (x && x.letters) list.innerHTML = concerned.map((l) => '<li><input type="checkbox" id="lt' + l.id + '" value="' + l.id + '"> <label for="lt' + l.id + '">' + esc(l.number + ' ' + l.party) + '</label><span class="muted ms-2">' + esc(l.state) + '</span></li>').join('');
  $('lterr').hidden = !(x && x.said); $('lterr').textContent = (x && x.said) || '';
  if (E.active()) E.close(true);
  if (!d.open) { d._from = grid.querySelector('[tabindex="0"]'); d.showModal(); }
}
$('ltdlg').addEventListener('submit', (e) => {
  no(e);
  const chosen = Array.from(all('#ltlist input:checked')).map((b) => +b.value), said = $('ltwhy').value.trim();
  if (chosen.length && !said) { $('lterr').hidden = false; $('lterr').textContent = '请填写责任书失效的原因，如分工调整文件的文号。'; $('ltwhy').focus(); return; }
  $('ltdlg').close(); S.choose({ seen: concerned.map((l) => l.id), void: chosen, reason: said });
});
function lastYear(url) {
  S.flush().then(() => ask(url, { method: 'POST' })).then((a) => {
    const bySlot = {}; S.order.forEach((id) => COLS.forEach((c) => { const x = T[id].cells[c.k]; if (x && x.s) bySlot[x.s] = { id, c: c.k }; }));
    const ch = []; Object.keys(a.cells).forEach((s) => { const x = bySlot[s]; if (x) ch.push({ id: x.id, c: x.c, v: a.cells[s].values, n: a.cells[s].version, b: '沿用上年' }); });
    note(a.not_taken.length ? esc(a.said) : '');
    if (!S.apply(ch, '沿用上年 ' + ch.length + ' 格', { saved: true })) say(a.said);
    savest.textContent = '已自动保存 ' + a.at; mark(); loadChanges(vis[cur.r], 0);
  }).catch(unanswered);
}

/* 听存储 */
S.on('change', (x) => {
  const ids = {}; x.changes.forEach((c) => { ids[c.id] = 1; });
  Object.keys(ids).forEach((id) => paintRow(+id));
  x.changes.forEach((c) => { const e = cellOf(c.id, c.c); e.classList.remove('flash', 'refused'); void e.offsetWidth; e.classList.add('flash'); });
  counts(); sideNow(); say(x.said);
});
S.on('save', (x) => {
  if (x.state === 'stored') { if (x.ids.indexOf(vis[cur.r]) >= 0) loadChanges(vis[cur.r], 300); return; }
  savest.className = 'savest ms-auto me-3' + (x.state === 'saving' || x.state === 'saved' ? '' : ' err');
  if (x.state === 'conflict') { savest.innerHTML = '<button type="button" class="btn btn-text btn-sm" data-act="conflicts">' + x.n + ' 处待选择保留哪一个</button>'; return; }
  if (x.state === 'reason') { savest.innerHTML = '<button type="button" class="btn btn-text btn-sm" data-act="reason">' + x.n + ' 处时限待填写调整依据</button>'; return; }
  if (x.state === 'letters') { savest.innerHTML = '<button type="button" class="btn btn-text btn-sm" data-act="letters">' + x.n + ' 处影响已签责任书，待确认</button>'; return; }
  if (x.state === 'login') { savest.innerHTML = '登录已失效，填写内容已保留在本机，<a href="' + esc(grid.dataset.login) + '" target="_self">重新登录</a>'; return; }
  savest.textContent = { saving: '正在保存…', saved: '已自动保存 ' + x.at, retry: '未能保存，已保留在本机，正在重试', denied: x.said || '没有权限', refused: '有的内容未保存' }[x.state];
});
S.on('conflict', conflict);
S.on('reason', reason);
S.on('letters', letters);
S.on('refused', (x) => {
  x.cells.forEach((c) => cellOf(c.id, c.c).classList.add('refused'));
  note('未保存：' + x.cells.slice(0, 4).map((c) => link(c.id, c.c, ' ' + c.t)).join('；')); say(x.said);
});

/* 事件 */
const cellAt = (e) => e.target.closest('[role=gridcell]');
const place = (td) => ({ r: vis.indexOf(+td.parentNode.dataset.task), c: COLS.findIndex((x) => x.k === td.dataset.slot) });
grid.addEventListener('mousedown', (e) => {
  const td = cellAt(e); if (!td || e.button) return;
  const rm = e.target.closest('[data-rm]');
  if (rm) { no(e); E.remove(+rm.dataset.rm); return; }
  if (E.active()) { if (E.cell() === td) return; E.close(true); }
  const p = place(td); no(e); drag = !e.shiftKey; go(p.r, p.c, e.shiftKey);
});
grid.addEventListener('mouseover', (e) => { if (!drag || !(e.buttons & 1)) return; const td = cellAt(e); if (td) { cur = place(td); mark(); } });
listen('mouseup', () => { drag = false; });
grid.addEventListener('dblclick', (e) => { if (cellAt(e) && !E.active()) open(''); });
gw.addEventListener('scroll', E.follow);
grid.addEventListener('focusin', (e) => { const td = cellAt(e); if (td && !E.active() && !td.classList.contains('act')) { const p = place(td); go(p.r, p.c); } });
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageDown: [8, 0], PageUp: [-8, 0] };
const CTRL = { d: fillDown, z: () => { if (!S.undo()) say('没有可撤销的操作'); mark(); }, y: () => { if (!S.redo()) say('没有可重做的操作'); mark(); }, a: () => { anc = { r: 0, c: 0 }; cur = { r: vis.length - 1, c: SLOTS - 1 }; mark(); }, home: () => go(0, 0), end: () => go(vis.length - 1, SLOTS) };
grid.addEventListener('keydown', (e) => {
  if (e.isComposing || e.keyCode === 229) { if (!E.active() && e.keyCode === 229 && cellAt(e)) open(''); return; } /* 输入法：不抢回车 */
  if (E.active()) {
    const to = E.key(e); if (!to) return;
    let r = cur.r + to[0], c = cur.c + to[1]; if (c > SLOTS && r < vis.length - 1) { c = 0; r++; }
    if (to[0] || to[1]) go(r, c); else mark();
    return;
  }
  if (!cellAt(e)) return;
  const k = e.key, ctl = e.ctrlKey || e.metaKey;
  if (ctl && !e.altKey) { const f = CTRL[k.toLowerCase()]; if (f) { no(e); if (k.toLowerCase() === 'z' && e.shiftKey) CTRL.y(); else f(); } return; }
  if (e.altKey) { if (k === 'Enter') { no(e); accept([vis[cur.r]]); } return; }
  const m = MOVES[k];
  if (m) { no(e); go(cur.r + m[0], cur.c + m[1], e.shiftKey); }
  else if (k === 'Home') { no(e); go(cur.r, 0, e.shiftKey); } else if (k === 'End') { no(e); go(cur.r, SLOTS, e.shiftKey); }
  else if (k === 'Enter' || k === 'F2') { no(e); open(''); }
  else if (k === 'Delete' || k === 'Backspace') { no(e); S.apply(each((id, col, ch) => ch.push({ id, c: col.k, v: [] })), '已清空'); mark(); }
  else if (k.length === 1) { no(e); open(k === ' ' ? '' : k); E.caret(); }
});
const inGrid = () => !E.active() && grid.contains(document.activeElement);
listen('paste', (e) => { if (inGrid()) { no(e); paste(e.clipboardData.getData('text/plain')); } });
listen('copy', (e) => { if (inGrid() && vis.length) { no(e); e.clipboardData.setData('text/plain', copy()); say('已复制'); } });
listen('keydown', (e) => { if (e.key === 'F8' && !E.active() && !one('dialog[open]')) { no(e); next(); } });
const ACTS = { undo: CTRL.z, redo: CTRL.y, filldown: fillDown, acceptall: () => accept(S.order), accept: () => accept([vis[cur.r]]), next, publish, conflicts: conflict, reason, letters };
listen('click', (e) => {
  const hit = (sel) => e.target.closest(sel);
  let x = hit('[data-cell]'); if (x) { no(e); const q = x.dataset.cell.split('|'); goCell(q[0], q[1]); return; }
  if (hit('[data-hide]')) { note(''); return; }
  x = hit('[data-filter]'); if (x) { setFilter(x.dataset.filter); return; }
  x = hit('[data-goto]'); if (x) {
    no(e); const d = $('pubdlg'); d._from = null; d.close(); const id = +x.dataset.goto;
    if (!T[id]) return; const miss = S.checks(id).find((y) => y.m); goCell(id, miss ? miss.c : COLS[0].k); return;
  }
  x = hit('.tree a'); if (x) {
    const g = x.dataset.ch, i = vis.findIndex((id) => T[id].sec.indexOf(+g) >= 0);
    if (i >= 0) { no(e); go(i, 0); } return;
  }
  x = hit('[data-act]'); if (!x) return;
  const a = x.dataset.act;
  if (a === 'tree') { const h = $('tree').classList.toggle('hide'); x.setAttribute('aria-pressed', !h); return; }
  if (a === 'lastyear') { no(e); lastYear(x.closest('form').action); return; }
  if (ACTS[a]) { no(e); ACTS[a](); }
});
function fit() { const w = window.innerWidth / parseFloat(getComputedStyle(document.documentElement).fontSize); $('tree').classList.toggle('hide', w < 92); one('[data-act=tree]').setAttribute('aria-pressed', w >= 92); side.hidden = w < 75; }

/* 开始 */
grid.setAttribute('role', 'grid'); grid.setAttribute('aria-multiselectable', 'true'); grid.setAttribute('aria-describedby', 'gridhelp');
all('#grid th a').forEach((a) => { a.tabIndex = -1; });
all('#grid td.cell').forEach((td) => { td.setAttribute('role', 'gridcell'); td.tabIndex = -1; if (S.frozen(+td.parentNode.dataset.task, td.dataset.slot)) td.setAttribute('aria-readonly', 'true'); });
const fsz = $('fsize'); if (fsz) fsz.addEventListener('change', fit);
let wide = window.innerWidth; window.addEventListener('resize', () => { if (wide !== window.innerWidth) { wide = window.innerWidth; fit(); } E.follow(); });
fit(); S.order.forEach(paintRow); counts();
const firstMiss = S.order.findIndex((id) => S.checks(id).some((x) => x.m));
if (firstMiss >= 0) { const m = S.checks(S.order[firstMiss]).find((x) => x.m); cur = { r: firstMiss, c: COLS.findIndex((c) => c.k === m.c) }; anc = { r: cur.r, c: cur.c }; }
mark(false); if (vis.length) scrollTo(at(cur.r, cur.c));
const back = S.recover(); if (back) note('已恢复上次未保存的 ' + back + ' 处填写，正在保存');
})();
