/* 年度切换：选中即打开。 */
(function () {
  'use strict';
  document.querySelectorAll('select[data-go]').forEach((s) => s.addEventListener('change', () => s.form.submit()));
})();
