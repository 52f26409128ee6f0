/* 帮助页的浏览器检查：说明当前内核是否符合要求。 */
(function () {
  'use strict';
  var p = document.querySelector('[data-browser-check]');
  if (!p) return;
  var m = /Chrom(?:e|ium)\/(\d+)/.exec(navigator.userAgent), v = m ? Number(m[1]) : 0;
  var cookies = navigator.cookieEnabled;
  var said;
  if (v >= 86) said = '当前浏览器内核为 Chromium ' + v + '，符合要求。';
  else if (v) said = '当前浏览器内核为 Chromium ' + v + '，低于 86，部分页面可能显示不全，请升级浏览器。';
  else said = '当前浏览器不是 Chromium 内核，请切换到极速模式，或改用 Chromium 86 及以上内核的浏览器。';
  if (!cookies) said += '浏览器禁用了 Cookie，无法保持登录，请在浏览器设置中启用。';
  p.textContent = said;
})();
