/* 全站公共脚本：字号、快捷键、对话框、用户菜单、htmx 的 CSRF 与读屏播报。无内联脚本、无 eval。 */
(function () {
  'use strict';
  var root = document.documentElement, sel = document.getElementById('fsize');
  function setFs(v) { root.className = root.className.replace(/\bfs-\w+/, 'fs-' + v); }
  // 字号记在 Cookie 里：退出登录清除本机存储时不丢，服务器也能直接按所选字号出页面。
  if (sel) {
    sel.value = (/\bfs-(std|lg|xl)\b/.exec(root.className) || [])[1] || 'std';
    sel.addEventListener('change', function () {
      setFs(sel.value);
      document.cookie = 'fs=' + sel.value + ';path=/;max-age=31536000;samesite=lax' + (location.protocol === 'https:' ? ';secure' : '');
    });
  }

  // 断网与恢复：页面顶部说明，不丢已填内容。
  var net = document.getElementById('netstate');
  function online(on) { if (net) { net.hidden = on; } if (!on && window.say) window.say('网络已断开，请勿关闭页面，恢复后再提交'); }
  window.addEventListener('offline', function () { online(false); });
  window.addEventListener('online', function () { online(true); });

  document.addEventListener('keydown', function (e) {
    if (e.key === '/' && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) && !document.activeElement.closest('[role=grid]')) {
      var q = document.querySelector('[data-hotkey="/"]'); if (q) { e.preventDefault(); q.focus(); }
    }
    if (e.key === 'Escape') { var m = document.querySelector('.usermenu[open]'); if (m) { m.removeAttribute('open'); m.querySelector('summary').focus(); } }
  });
  document.addEventListener('click', function (e) {
    var m = document.querySelector('.usermenu[open]');
    if (m && !m.contains(e.target)) m.removeAttribute('open');
    var o = e.target.closest('[data-open]');
    if (o) { var d = document.getElementById(o.getAttribute('data-open')); if (d && d.showModal) { d._from = o; d.showModal(); } }
    var c = e.target.closest('[data-close]');
    if (c) c.closest('dialog').close();
    var p = e.target.closest('[data-print]'); if (p) window.print();
    var tw = e.target.closest('[data-toggle-rows]');
    if (tw) {
      var open = tw.getAttribute('aria-expanded') === 'true';
      tw.setAttribute('aria-expanded', String(!open));
      toggleRows(tw.getAttribute('data-toggle-rows'), !open);
    }
    var ex = e.target.closest('[data-expand]');
    if (ex) {
      var r = document.getElementById(ex.getAttribute('data-expand')); var on = r.hidden; r.hidden = !on; ex.setAttribute('aria-expanded', String(on));
      if (on) { var f = r.querySelector('textarea,input,select'); if (f) f.focus(); }
    }
  });
  function toggleRows(id, show) {
    document.querySelectorAll('tr[data-parent="' + id + '"]').forEach(function (tr) {
      tr.hidden = !show;
      var b = tr.querySelector('[data-toggle-rows]');
      if (b) { toggleRows(b.getAttribute('data-toggle-rows'), show && b.getAttribute('aria-expanded') === 'true'); }
    });
  }
  document.querySelectorAll('dialog').forEach(function (d) { d.addEventListener('close', function () { if (d._from) d._from.focus(); }); });
  window.say = function (t) { var l = document.getElementById('live'); l.textContent = ''; setTimeout(function () { l.textContent = t; }, 30); };
  document.body.addEventListener('htmx:afterSwap', function (e) {
    var m = e.detail.target.querySelector('[data-announce]'); if (m) window.say(m.getAttribute('data-announce'));
  });
})();
