/* 任务分解表之二：编辑框（combobox）。 */
(function () {
'use strict';
const S = window.portalGrid; if (!S) return;
const esc = S.esc = (s) => String(s).replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }[c]));
S.shown = (k) => { const o = S.OPT[k]; return S.label(k) + (o && o.c !== undefined ? '（' + o.c + '）' : ''); };
S.chip = (k, extra) => '<span class="chip' + (k[0] === 'g' ? ' grp' : '') + (S.OPT[k] && S.OPT[k].gone ? ' gone' : '') + '">' + esc(S.shown(k)) + (extra || '') + '</span>';
const pop = document.createElement('div');
pop.className = 'lbpop'; pop.id = 'lb'; pop.setAttribute('role', 'listbox'); pop.setAttribute('aria-label', '候选'); pop.hidden = true;
document.getElementById('main').appendChild(pop);
const NONE = '无匹配项，可在“设置 → 单位与人员”中添加';
const say = (t) => window.say(t);
let ed = null;

/* 名次：名称前缀（有无“县”） > 建议 > 首字母前缀 > 包含 */
function match(o, q, kind) {
  if (!q) return 1;
  const l = q.toLowerCase(), names = [o.l].concat(o.k[0] === 'p' ? [] : o.a || []);
  let best = 0;
  names.forEach((n) => { const i = n.indexOf(q); if (i >= 0) best = Math.max(best, i === 0 || (i === 1 && n[0] === '县') ? 9 : 6); });
  (o.p || []).forEach((p, i) => { const k = p.indexOf(l); if (k === 0) best = Math.max(best, (p === l ? 8.5 : 8) - Math.min(i, 5) * 0.05); else if (k > 0 && l.length > 1) best = Math.max(best, 4); });
  if (!best && o.k[0] === 'p' && o.d.indexOf(q) >= 0) best = 3;
  return best && kind === S.LEADER && o.top ? best + 0.3 : best;
}
function open(cell, init, done) {
  if (ed) close(false);
  const t = S.T[cell.id], v = t.cells[cell.c].v;
  const name = cell.col.l + '，' + t.no + ' ' + t.t;
  ed = { id: cell.id, c: cell.c, col: cell.col, td: cell.td, done, name, v: v.slice(), idx: -1, opts: [], moved: false, swap: cell.col.kind === S.LEAD && v.length === 1 };
  cell.td.classList.add('edit');
  if (cell.c === 'due') {
    ed.date = true;
    cell.td.innerHTML = '<input class="due" type="date" aria-label="' + esc(name) + '" value="' + esc(v[0] || S.P.year + '-12-31') + '">';
    ed.inp = cell.td.firstChild; ed.inp.focus(); return;
  }
  chips(); ed.inp.value = init || ''; list();
}
function chips() {
  ed.td.innerHTML = '<div class="edwrap">' + ed.v.map((k, i) => S.chip(k, '<button type="button" tabindex="-1" data-rm="' + i + '" aria-label="移除' + esc(S.label(k)) + '">×</button>')).join('') +
    '<input type="text" role="combobox" aria-autocomplete="list" aria-expanded="true" aria-controls="lb" autocomplete="off" spellcheck="false" aria-label="' + esc(ed.name) + '"></div>';
  ed.inp = ed.td.querySelector('input'); ed.inp.focus();
  ed.inp.addEventListener('input', () => { if (ed && !ed.comp) list(); });
  ed.inp.addEventListener('compositionstart', () => { ed.comp = true; });
  ed.inp.addEventListener('compositionend', () => { ed.comp = false; list(); });
}
function list() {
  const q = ed.inp.value.trim(), kind = ed.col.kind, sug = S.suggestion(ed.id, ed.c);
  const hinted = sug.v.filter((k) => ed.v.indexOf(k) < 0);
  const hit = S.P.options.filter((o) => !o.gone && S.fits(o, kind) && ed.v.indexOf(o.k) < 0)
    .map((o) => ({ o, m: match(o, q, kind) + (q && hinted.indexOf(o.k) >= 0 ? 0.8 : 0) })).filter((x) => x.m >= 1)
    .sort((a, b) => b.m - a.m || a.o.i - b.o.i).map((x) => x.o);
  const secs = [], people = kind === S.LEADER || kind === S.PERSON;
  if (q) secs.push(['匹配', hit]);
  else {
    const rest = hit.filter((o) => hinted.indexOf(o.k) < 0);
    secs.push(['建议', hit.filter((o) => hinted.indexOf(o.k) >= 0)]);
    const groups = ['单位组', rest.filter((o) => o.k[0] === 'g')], others = [people ? '人员' : '单位', rest.filter((o) => o.k[0] !== 'g')];
    secs.push(people ? others : groups, people ? groups : others);
  }
  ed.opts = []; let h = '', n = 0;
  secs.forEach((sc, i) => {
    if (!sc[1].length) return;
    h += '<div role="group" aria-labelledby="gh' + i + '"><div class="gh" id="gh' + i + '" role="presentation">' + sc[0] + '</div>';
    sc[1].slice(0, 60).forEach((o) => {
      const why = hinted.indexOf(o.k) >= 0 ? '建议' : '';
      h += '<div role="option" id="op' + n + '" data-i="' + n + '" aria-selected="false"><span>' + mark(S.shown(o.k), q) + '</span><span class="oh">' + esc([o.k[0] === 'p' ? o.d : '', why].filter(Boolean).join(' · ')) + '</span></div>';
      ed.opts.push(o.k); n++;
    });
    h += '</div>';
  });
  pop.innerHTML = n ? h : '<div class="none" role="option" aria-selected="false" aria-disabled="true">' + NONE + '</div>';
  pop.hidden = false; ed.idx = (q || hinted.length) && n ? 0 : -1; ed.moved = false; point(); place();
}
function mark(v, q) { const i = q ? v.indexOf(q) : -1; return i < 0 ? esc(v) : esc(v.slice(0, i)) + '<mark>' + esc(q) + '</mark>' + esc(v.slice(i + q.length)); }
function point() {
  pop.querySelectorAll('[data-i]').forEach((o) => o.setAttribute('aria-selected', +o.dataset.i === ed.idx));
  const e = ed.idx >= 0 && document.getElementById('op' + ed.idx);
  if (!e) { ed.inp.removeAttribute('aria-activedescendant'); return; }
  ed.inp.setAttribute('aria-activedescendant', e.id);
  if (e.offsetTop < pop.scrollTop) pop.scrollTop = e.offsetTop;
  else if (e.offsetTop + e.offsetHeight > pop.scrollTop + pop.clientHeight) pop.scrollTop = e.offsetTop + e.offsetHeight - pop.clientHeight;
}
function place() {
  const b = ed.td.getBoundingClientRect(), h = pop.offsetHeight, below = window.innerHeight - b.bottom;
  pop.style.left = Math.max(4, Math.min(b.left, window.innerWidth - pop.offsetWidth - 6)) + 'px';
  pop.style.top = (below >= h + 4 || below > b.top ? b.bottom + 1 : b.top - h - 1) + 'px';
}
function pick(i) {
  const k = ed.opts[i]; if (k === undefined) return;
  /* 牵头单位通常一个：原有一个时，首次选取即替换，再选为联合牵头 */
  if (ed.swap) ed.v = [k]; else ed.v.push(k);
  ed.swap = false; chips(); list(); ed.idx = -1; point();
}
/* 结束编辑；commit 时交给表格写入，everywhere 写入全部选中行 */
function close(commit, everywhere) {
  if (!ed) return;
  const e = ed; ed = null; pop.hidden = true; e.td.classList.remove('edit');
  e.done(commit ? (e.date ? (e.inp.value ? [e.inp.value] : []) : e.v) : null, everywhere);
}
/* 编辑中的按键；返回去向 [行, 列] 或 null（留在编辑框） */
function key(e) {
  const k = e.key;
  const stop = () => { e.preventDefault(); };
  if (ed.date) {
    if (k === 'Enter') { stop(); const all = e.ctrlKey; close(true, all); return all ? [0, 0] : [1, 0]; }
    if (k === 'Escape') { stop(); close(false); return [0, 0]; }
    if (k === 'Tab') { stop(); close(true); return [0, e.shiftKey ? -1 : 1]; }
    return null;
  }
  const typed = ed.inp.value.trim();
  if (k === 'ArrowDown' || k === 'ArrowUp') { stop(); ed.idx = k === 'ArrowDown' ? Math.min(ed.opts.length - 1, ed.idx + 1) : Math.max(-1, ed.idx - 1); ed.moved = true; point(); }
  else if (k === 'Enter' && (e.ctrlKey || e.metaKey)) { stop(); if (typed && ed.idx < 0) return null; if (typed || ed.moved) pick(ed.idx); close(true, true); return [0, 0]; }
  else if (k === 'Enter') {
    stop();
    if (ed.idx >= 0 && (typed || ed.moved)) pick(ed.idx);
    else if (typed) say(NONE);
    else { close(true); return [1, 0]; }
  } else if (k === 'Tab') {
    stop();
    if (typed && ed.idx < 0) { say(NONE); return null; }
    if (typed || ed.moved) pick(ed.idx);
    close(true); return [0, e.shiftKey ? -1 : 1];
  } else if (k === 'Escape') { stop(); close(false); return [0, 0]; }
  else if (k === 'Backspace' && !ed.inp.value && ed.v.length) { stop(); ed.v.pop(); chips(); list(); }
  return null;
}
pop.addEventListener('mousedown', (e) => { const o = e.target.closest('[data-i]'); e.preventDefault(); if (o && ed) pick(+o.dataset.i); });
document.addEventListener('mousedown', (e) => { if (ed && !ed.td.contains(e.target) && !pop.contains(e.target)) close(true); });
S.editor = {
  open, close, key, active: () => !!ed, cell: () => ed && ed.td, caret: () => { if (ed && !ed.date) ed.inp.setSelectionRange(99, 99); },
  remove: (i) => { ed.v.splice(i, 1); chips(); list(); }, follow: () => { if (ed && !pop.hidden) place(); },
};
})();
