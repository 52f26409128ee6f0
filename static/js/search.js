/* 顶栏搜索：边输入边给建议（htmx 取回），上下键选择，回车打开，Esc 收起。脚本不可用时是普通表单。 */
(function () {
  'use strict';
  var form = document.querySelector('[data-search]');
  if (!form) return;
  var box = form.querySelector('input'), list = document.getElementById('gsugg'), at = -1;
  function options() { return list.querySelectorAll('[role=option]'); }
  function show(on) {
    on = on && options().length > 0;
    list.hidden = !on;
    box.setAttribute('aria-expanded', String(on));
    if (!on) mark(-1);
  }
  function mark(i) {
    var all = options();
    at = i;
    for (var n = 0; n < all.length; n++) {
      all[n].setAttribute('aria-selected', String(n === i));
    }
    if (i >= 0) {
      box.setAttribute('aria-activedescendant', all[i].id);
      all[i].scrollIntoView({ block: 'nearest' });
    } else { box.removeAttribute('aria-activedescendant'); }
  }
  box.addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229) return;
    var count = options().length;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      if (!count) return;
      e.preventDefault();
      if (list.hidden) show(true);
      mark(e.key === 'ArrowDown' ? (at + 1) % count : (at <= 0 ? count : at) - 1);
    } else if (e.key === 'Enter' && at >= 0 && !list.hidden) {
      e.preventDefault();
      location.href = options()[at].getAttribute('href');
    } else if (e.key === 'Escape' && !list.hidden) {
      e.preventDefault(); e.stopPropagation(); show(false);
    }
  });
  box.addEventListener('focus', function () { if (box.value.trim()) show(true); });
  box.addEventListener('input', function () { if (!box.value.trim()) { list.textContent = ''; show(false); } });
  document.addEventListener('click', function (e) { if (!form.contains(e.target)) show(false); });
  form.addEventListener('focusout', function (e) { if (e.relatedTarget && !form.contains(e.relatedTarget)) show(false); });
  list.addEventListener('htmx:afterSwap', function () {
    mark(-1);
    show(document.activeElement === box);
    if (window.say && document.activeElement === box) window.say(options().length ? '有 ' + options().length + ' 条建议，按下箭头选择' : '没有建议');
  });
})();
