/* 报进展：表单在行内打开，拖入和粘贴佐证，汇入其他单位所报；审核页的快捷键 A、R、N。 */
(function () {
  'use strict';
  var body = document.body;
  function cellOf(button) { return document.getElementById(button.getAttribute('data-row')); }
  function show(cell, on) {
    var row = cell.closest('tr.inform');
    if (row) row.hidden = !on;
    var button = document.querySelector('[data-row="' + cell.id + '"]');
    if (button) button.setAttribute('aria-expanded', String(on));
    if (!on && button) button.focus();
  }
  // 已打开的行再点一次收起，不再取一遍，也就不丢已填的内容。
  body.addEventListener('htmx:confirm', function (e) {
    var button = e.target.closest('[data-row]');
    if (!button) return;
    var cell = cellOf(button);
    if (cell && cell.children.length) {
      e.preventDefault();
      show(cell, cell.closest('tr').hidden);
      if (!cell.closest('tr').hidden) focusIn(cell);
    }
  });
  function focusIn(cell) { var f = cell.querySelector('textarea, input:not([type=hidden]), button'); if (f) f.focus(); }
  // 有误（422）和冲突（409）时服务器答回表单，换进本行的单元格，已填的内容都在。
  body.addEventListener('htmx:beforeSwap', function (e) {
    var form = e.detail.requestConfig && e.detail.requestConfig.elt;
    var status = e.detail.xhr.status;
    if (!form || (status !== 409 && status !== 422)) return;
    var at = form.getAttribute('data-form-target');
    var cell = at ? document.querySelector(at) : null;
    if (!cell) return;
    e.detail.shouldSwap = true;
    e.detail.isError = false;
    e.detail.target = cell;
  });
  body.addEventListener('htmx:afterSwap', function (e) {
    var target = e.detail.target;
    if (target.id.indexOf('f-') === 0) {
      show(target, true);
      var wrong = target.querySelector('[role=alert]');
      if (wrong) { wrong.setAttribute('tabindex', '-1'); wrong.focus(); } else focusIn(target);
    } else if (target.id.indexOf('r-') === 0) {
      var button = target.querySelector('[data-row]');
      if (button) button.focus();
      var line = target.querySelector('[data-announce]');
      if (line) window.say(line.getAttribute('data-announce'));
    }
  });
  document.addEventListener('click', function (e) {
    var fold = e.target.closest('[data-collapse]');
    if (fold) { var cell = fold.closest('td'); if (cell) show(cell, false); else history.back(); }
    var fill = e.target.closest('[data-fill]');
    if (fill) document.getElementById(fill.getAttribute('data-fill')).value = fill.getAttribute('data-value');
    var add = e.target.closest('[data-append]');
    if (add) {
      var area = document.getElementById(add.getAttribute('data-append'));
      area.value = area.value.replace(/\s*$/, '') + (area.value.trim() ? '\n' : '') + add.getAttribute('data-value');
      add.disabled = true; area.focus();
    }
  });

  // 拖入、粘贴的文件放进同一个文件框，照常随表单提交。
  function put(zone, files) {
    var input = zone.querySelector('input[type=file]'), all = new DataTransfer(), i;
    for (i = 0; i < input.files.length; i++) all.items.add(input.files[i]);
    for (i = 0; i < files.length; i++) all.items.add(files[i]);
    input.files = all.files;
    window.say('已选 ' + input.files.length + ' 个文件');
  }
  function zoneOf(node) { return node && node.closest ? node.closest('[data-drop]') : null; }
  function hasFiles(e) { return e.dataTransfer && Array.prototype.indexOf.call(e.dataTransfer.types, 'Files') >= 0; }
  document.addEventListener('dragover', function (e) {
    var zone = zoneOf(e.target);
    if (!hasFiles(e)) return;
    e.preventDefault(); // 掉在框外也不让浏览器打开文件、丢掉已填的内容
    if (zone) zone.classList.add('is-over'); else e.dataTransfer.dropEffect = 'none';
  });
  document.addEventListener('dragleave', function (e) { var zone = zoneOf(e.target); if (zone) zone.classList.remove('is-over'); });
  document.addEventListener('drop', function (e) {
    if (!hasFiles(e)) return;
    e.preventDefault();
    var zone = zoneOf(e.target);
    if (zone) { zone.classList.remove('is-over'); put(zone, e.dataTransfer.files); }
  });
  document.addEventListener('paste', function (e) {
    var form = e.target.closest && e.target.closest('form.pedit');
    var files = e.clipboardData ? e.clipboardData.files : null;
    if (!form || !files || !files.length) return;
    e.preventDefault();
    put(form.querySelector('[data-drop]'), files);
  });

  // 审核：A 通过，R 填意见、再按退回，N 下一份；输入中不抢键。
  document.addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229 || e.altKey || e.metaKey) return;
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    var back = document.querySelector('[data-key="r"]');
    if (typing) {
      if (e.ctrlKey && e.key === 'Enter' && back && document.activeElement.id === back.getAttribute('data-wants')) { e.preventDefault(); back.click(); }
      return;
    }
    if (e.ctrlKey || !/^[arn]$/i.test(e.key)) return;
    var button = document.querySelector('[data-key="' + e.key.toLowerCase() + '"]');
    if (!button) return;
    e.preventDefault();
    var wants = button.getAttribute('data-wants'), field = wants ? document.getElementById(wants) : null;
    if (field && !field.value.trim()) field.focus(); else button.click();
  });
})();
