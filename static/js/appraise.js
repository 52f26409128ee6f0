/* 评分表：佐证随所选指标；空格采用系统分，上下键换行，J/K 换对象，Ctrl+Enter 保存。 */
(function () {
  'use strict';
  var form = document.getElementById('sheet');
  if (!form) { return; }
  var rows = Array.prototype.slice.call(form.querySelectorAll('tr[data-row]'));
  var live = document.getElementById('live');
  var current = null;
  document.body.classList.add('js-on');

  function show(row) {
    if (!row || row === current) { return; }
    current = row;
    rows.forEach(function (r) { r.classList.toggle('on', r === row); });
    document.querySelectorAll('[data-ev]').forEach(function (e) {
      e.classList.toggle('on', e.getAttribute('data-ev') === row.getAttribute('data-row'));
    });
  }
  function points(row) { return row ? row.querySelector('input.pt') : null; }
  function step(row, by) {
    for (var i = rows.indexOf(row) + by; i >= 0 && i < rows.length; i += by) {
      var box = points(rows[i]) || rows[i].querySelector('input');
      if (box) { box.focus(); if (box.select && box.type === 'text') { box.select(); } return; }
    }
  }
  function adopt(row) {
    var box = points(row);
    if (!box) { return; }
    box.value = row.getAttribute('data-expected').replace(/\.00$/, '');
    box.dispatchEvent(new Event('input', { bubbles: true }));
    if (live) { live.textContent = '采用 ' + box.value + ' 分'; }
  }
  function go(kind) {
    var link = document.querySelector('[data-' + kind + ']');
    if (link && link.href) { window.location.assign(link.href); }
  }
  function changed() { return form.classList.contains('dirty'); }

  form.addEventListener('focusin', function (e) { show(e.target.closest('tr[data-row]')); });
  form.addEventListener('input', function () { form.classList.add('dirty'); });
  form.addEventListener('submit', function () { form.classList.remove('dirty'); });
  document.addEventListener('click', function (e) {
    var shower = e.target.closest('[data-show]');
    if (shower) { show(shower.closest('tr')); }
    var base = e.target.closest('[data-base]');
    if (base) {
      var box = current && current.querySelector('input[name^="base:"]');
      if (!box) { return; }
      var told = base.getAttribute('data-base');
      var parts = box.value.split(/[；;]/).map(function (p) { return p.trim(); }).filter(Boolean);
      if (parts.indexOf(told) < 0) { parts.push(told); }
      box.value = parts.join('；');
      box.dispatchEvent(new Event('input', { bubbles: true }));
      box.focus();
    }
  });
  document.addEventListener('keydown', function (e) {
    if (e.isComposing) { return; }
    var row = e.target.closest ? e.target.closest('tr[data-row]') : null;
    var inPoints = e.target.classList && e.target.classList.contains('pt') && form.contains(e.target);
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && !inPoints;
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      var save = form.querySelector('[data-save]');
      if (save) { e.preventDefault(); save.click(); }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey) { return; }
    if (inPoints && e.key === ' ') { e.preventDefault(); adopt(row); return; }
    if (form.contains(e.target) && e.key === 'Enter' && e.target.tagName === 'INPUT') {
      e.preventDefault();
      step(row, 1);
      return;
    }
    if (inPoints && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
      e.preventDefault();
      step(row, e.key === 'ArrowDown' ? 1 : -1);
      return;
    }
    if (!typing && (e.key === 'j' || e.key === 'J' || e.key === 'k' || e.key === 'K')) {
      e.preventDefault();
      if (changed()) { if (live) { live.textContent = '有改动没有保存，请先保存'; } return; }
      go(e.key.toLowerCase() === 'j' ? 'next' : 'former');
    }
  });

  var bad = form.querySelector('tr.has-err input.pt');
  var first = bad || form.querySelector('input.pt');
  if (first) { first.focus(); first.select(); } else { show(rows[0]); }
})();
