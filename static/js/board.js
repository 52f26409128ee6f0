/* 督查看板：全选，已选个数；没有脚本时逐个勾选。 */
(function () {
  'use strict';
  var form = document.getElementById('boardform');
  if (!form) return;
  var all = form.querySelector('[data-all]'), count = document.querySelectorAll('[data-count]');
  function boxes() { return Array.prototype.slice.call(form.querySelectorAll('input[name=returns]')); }
  function told() {
    var n = boxes().filter(function (b) { return b.checked; }).length;
    count.forEach(function (c) { c.textContent = String(n); });
    document.querySelectorAll('[data-needs-choice]').forEach(function (b) { b.disabled = n === 0; });
    if (all) all.checked = n > 0 && n === boxes().length;
  }
  form.addEventListener('change', function (e) {
    if (e.target === all) boxes().forEach(function (b) { b.checked = all.checked; });
    told();
  });
  told();
  if (document.querySelector('#judgedlg[data-start]')) document.getElementById('judgedlg').showModal();
})();
