/* 设置：在单位勾选框中查找、全选一类、已选数。没有脚本时表单照常可用。 */
(function () {
  'use strict';
  document.querySelectorAll('[data-pick]').forEach(function (pick) {
    var q = pick.querySelector('[data-pick-q]'), count = pick.querySelector('[data-pick-count]');
    function tell() { if (count) count.textContent = '已选 ' + pick.querySelectorAll('input[type=checkbox]:checked').length + ' 个'; }
    function fits(keys, word) {
      if (!word) return true;
      if (keys.indexOf(word) === 0 || keys.indexOf(' ' + word) >= 0) return true;
      return /[^\x00-\x7f]/.test(word) && keys.indexOf(word) >= 0;
    }
    q.addEventListener('input', function () {
      var word = q.value.trim().toLowerCase();
      pick.querySelectorAll('.pickset').forEach(function (set) {
        var any = false;
        set.querySelectorAll('[data-keys]').forEach(function (l) { var on = fits(l.getAttribute('data-keys').toLowerCase(), word); l.hidden = !on; any = any || on; });
        set.hidden = !any;
      });
    });
    q.addEventListener('keydown', function (e) { if (e.key === 'Enter') e.preventDefault(); });
    pick.querySelectorAll('[data-pick-all]').forEach(function (b) {
      b.hidden = false;
      b.addEventListener('click', function () {
        var boxes = [].slice.call(b.closest('.pickset').querySelectorAll('label:not([hidden]) input'));
        var all = boxes.every(function (x) { return x.checked; });
        boxes.forEach(function (x) { x.checked = !all; }); tell();
      });
    });
    pick.addEventListener('change', tell); tell();
  });
  document.querySelectorAll('[data-check-all]').forEach(function (all) {
    var form = document.getElementById(all.getAttribute('data-check-all'));
    all.hidden = false;
    all.addEventListener('change', function () { form.querySelectorAll('tbody input[type=checkbox]').forEach(function (x) { x.checked = all.checked; }); });
  });
  var box = document.querySelector('[data-filebox]');
  if (box) {
    var input = box.querySelector('input[type=file]');
    ['dragover', 'dragenter'].forEach(function (n) { box.addEventListener(n, function (e) { e.preventDefault(); box.classList.add('over'); }); });
    ['dragleave', 'drop'].forEach(function (n) { box.addEventListener(n, function (e) { e.preventDefault(); box.classList.remove('over'); }); });
    box.addEventListener('drop', function (e) { if (e.dataTransfer.files.length) { input.files = e.dataTransfer.files; } });
  }
})();
