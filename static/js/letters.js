/* 责任书：层级较多时先收起，没有脚本则全部展开。 */
(function () {
  'use strict';
  document.querySelectorAll('[data-start=closed]').forEach(function (button) { button.click(); });
})();
