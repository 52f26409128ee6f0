/* 导入意见：拖放文件、树与正文同步、在正文中点选拆分处、Alt+↑↓ 调整层级、勾选即保存。没有本脚本时全部功能由普通表单完成。 */
(function () {
  'use strict';
  document.documentElement.classList.add('has-js');

  /* ---- ① 选择文件 ---- */
  var drop = document.getElementById('drop');
  if (drop) {
    var input = document.getElementById('id_file'), chosen = document.getElementById('file-name');
    var showName = function () {
      var f = input.files[0];
      chosen.hidden = !f;
      if (f) {
        var tooBig = f.size > 20 * 1024 * 1024;
        chosen.textContent = f.name + '，' + Math.max(1, Math.round(f.size / 1024)) + ' KB' + (tooBig ? '，超过 20 MB，无法上传' : '');
        if (window.say) window.say('已选择 ' + chosen.textContent);
      }
    };
    input.addEventListener('change', showName);
    ['dragenter', 'dragover'].forEach(function (n) { drop.addEventListener(n, function (e) { e.preventDefault(); drop.classList.add('is-over'); }); });
    ['dragleave', 'drop'].forEach(function (n) { drop.addEventListener(n, function () { drop.classList.remove('is-over'); }); });
    drop.addEventListener('drop', function (e) {
      e.preventDefault();
      if (e.dataTransfer.files.length) { input.files = e.dataTransfer.files; showName(); }
      else { var t = e.dataTransfer.getData('text/plain'); if (t) document.getElementById('id_text').value = t; }
    });
    // 未放进框内的文件不应替换当前页面
    ['dragover', 'drop'].forEach(function (n) { window.addEventListener(n, function (e) { if (!drop.contains(e.target)) e.preventDefault(); }); });
    document.getElementById('import-start').addEventListener('submit', function (e) {
      var b = e.target.querySelector('button[type=submit]');
      setTimeout(function () { b.disabled = true; b.lastChild.textContent = '正在识别…'; }, 0);
    });
    window.addEventListener('pageshow', function (e) { if (e.persisted) location.reload(); });
    var es = document.getElementById('errsum'); if (es) es.focus();
    return;
  }

  /* ---- ② 核对 ---- */
  var desk = function () { return document.getElementById('desk'); };
  if (!desk()) return;
  var text = function () { return document.getElementById('text'); };
  var syncing = 0;

  function treeLink(key) { return document.querySelector('#tree a[data-node="' + key + '"]'); }
  function scrollWithin(box, el, gap) {
    if (!box || !el) return;
    box.scrollTop += el.getBoundingClientRect().top - box.getBoundingClientRect().top - gap;
  }
  function keepInView(box, el) {
    var a = box.getBoundingClientRect(), b = el.getBoundingClientRect();
    if (b.top < a.top) box.scrollTop -= a.top - b.top + 8;
    else if (b.bottom > a.bottom) box.scrollTop += b.bottom - a.bottom + 8;
  }
  function select(key, scrollText) {
    document.querySelectorAll('#tree a[aria-current]').forEach(function (a) { a.removeAttribute('aria-current'); });
    var link = treeLink(key);
    if (link) { link.setAttribute('aria-current', 'true'); keepInView(document.getElementById('tree'), link); }
    document.querySelectorAll('#text .on').forEach(function (s) { s.classList.remove('on'); });
    var at = document.getElementById('at-' + key);
    if (at) {
      at.classList.add('on');
      if (scrollText) { syncing = Date.now(); scrollWithin(text(), at, 16); }
    }
  }

  // 正文滚动时，树上标出所在条目
  function onTextScroll() {
    var box = text(), top = box.getBoundingClientRect().top + 40, last = null;
    box.querySelectorAll('[data-at]').forEach(function (s) { if (s.getBoundingClientRect().top <= top) last = s; });
    document.querySelectorAll('#tree a.in-view').forEach(function (a) { a.classList.remove('in-view'); });
    if (!last) return;
    var link = treeLink(last.getAttribute('data-at'));
    if (link) { link.classList.add('in-view'); if (Date.now() - syncing > 400) keepInView(document.getElementById('tree'), link); }
  }
  var waiting = false;
  document.addEventListener('scroll', function (e) {
    if (e.target !== text() || waiting) return;
    waiting = true;
    requestAnimationFrame(function () { waiting = false; onTextScroll(); });
  }, true);

  // 光标处在段落中的字数（不计页面附加的说明）
  function offsetIn(p, node, at) {
    var n = 0, walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT), t;
    while ((t = walker.nextNode())) {
      if (t.parentElement.closest('[data-x]')) continue;
      if (t === node) return n + at;
      n += t.data.length;
    }
    return n;
  }
  function pickPlace() {
    var s = window.getSelection();
    if (!s || !s.anchorNode) return;
    var el = s.anchorNode.nodeType === 3 ? s.anchorNode.parentElement : s.anchorNode;
    var p = el.closest ? el.closest('#text p[data-p]') : null;
    if (!p) return;
    document.querySelectorAll('#text .is-picked').forEach(function (q) { q.classList.remove('is-picked'); });
    p.classList.add('is-picked');
    var index = p.getAttribute('data-p');
    document.querySelectorAll('[data-paragraph]').forEach(function (f) { f.value = f.type === 'hidden' ? '' : 'p' + index; });
    var offset = offsetIn(p, s.anchorNode, s.anchorOffset);
    var cut = document.getElementById('cut');
    if (cut) {
      var value = index + ':' + offset, option = cut.querySelector('option[data-caret]');
      if (!option) { option = document.createElement('option'); option.setAttribute('data-caret', ''); cut.insertBefore(option, cut.options[1] || null); }
      option.value = value;
      option.textContent = '光标处：' + textAfter(p, offset) + '…';
      cut.value = value;
    }
    offerParagraph(p, index);
  }
  function textAfter(p, offset) {
    var copy = p.cloneNode(true);
    copy.querySelectorAll('[data-x]').forEach(function (x) { x.remove(); });
    return copy.textContent.substr(offset, 14);
  }
  // 点选的段落不属于任何条目开头时，可设为任务
  function offerParagraph(p, index) {
    var ops = document.querySelector('#panel .imp-ops');
    if (!ops) return;
    var b = ops.querySelector('[data-make]');
    if (!b) {
      var row = document.createElement('div');
      row.className = 'imp-btns';
      b = document.createElement('button');
      b.type = 'submit'; b.name = 'do'; b.value = 'item'; b.className = 'btn btn-line btn-sm'; b.setAttribute('data-make', '');
      row.appendChild(b);
      ops.appendChild(row);
    }
    b.textContent = '将所选段落设为任务';
    b.onclick = function () { ops.querySelector('[data-paragraph]').value = 'p' + index; };
  }
  document.addEventListener('click', function (e) {
    var inText = e.target.closest('#text');
    if (inText) {
      var at = e.target.closest('[data-at]');
      if (at) { var link = treeLink(at.getAttribute('data-at')); if (link) { select(at.getAttribute('data-at'), false); load(link); } }
      pickPlace();
      return;
    }
    var node = e.target.closest('#tree a[data-node]');
    if (node) { e.preventDefault(); select(node.getAttribute('data-node'), true); return; }
    var to = e.target.closest('[data-to]');
    if (to) {
      var p = document.getElementById('p' + to.getAttribute('data-to'));
      if (p) {
        e.preventDefault();
        document.querySelectorAll('#text .is-picked').forEach(function (q) { q.classList.remove('is-picked'); });
        p.classList.add('is-picked');
        scrollWithin(text(), p, 60);
        if (window.say) window.say('已定位');
      }
    }
  });
  function load(link) {
    if (window.htmx) window.htmx.ajax('GET', link.getAttribute('hx-get'), { target: '#panel', swap: 'outerHTML' });
  }

  // 树：↑↓ 移动，Alt+↑↓ 调整层级
  document.addEventListener('keydown', function (e) {
    var link = e.target.closest && e.target.closest('#tree a[data-node]');
    var key = link ? link.getAttribute('data-node') : (document.getElementById('panel') || desk()).getAttribute('data-node');
    if (e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return;
    if (e.altKey && key && (link || e.target.closest('#panel'))) {
      e.preventDefault();
      var form = document.querySelector('#panel .imp-ops') || document.querySelector('#desk form');
      window.htmx.ajax('POST', desk().getAttribute('data-url'), {
        target: '#desk', swap: 'outerHTML',
        values: { do: e.key === 'ArrowUp' ? 'up' : 'down', node: key, version: desk().getAttribute('data-version'), csrfmiddlewaretoken: form.querySelector('[name=csrfmiddlewaretoken]').value }
      });
    } else if (link && !e.altKey) {
      e.preventDefault();
      var all = Array.prototype.slice.call(document.querySelectorAll('#tree a[data-node]'));
      var next = all[all.indexOf(link) + (e.key === 'ArrowUp' ? -1 : 1)];
      if (next) { next.focus(); select(next.getAttribute('data-node'), true); }
    }
  });

  // 勾选即保存；匹配方式决定要填的栏
  function openFields(sel) {
    var li = sel.closest('li');
    li.querySelectorAll('.imp-more-fields').forEach(function (d) {
      d.classList.toggle('is-open', d.getAttribute('data-for').split(' ').indexOf(sel.value) >= 0);
    });
  }
  document.addEventListener('change', function (e) {
    if (e.target.matches('[data-use]')) { openFields(e.target); return; }
    var form = e.target.closest('form[data-autosave]');
    if (form && e.target.type === 'checkbox') form.querySelector('button[name=do]').click();
  });
  function prepare() {
    document.querySelectorAll('[data-use]').forEach(openFields);
    onTextScroll();
  }

  // 局部更新后保持各栏位置和焦点
  var kept = null;
  document.body.addEventListener('htmx:beforeSwap', function (e) {
    var err = document.getElementById('import-error');
    if (e.detail.xhr.status >= 400) {
      var doc = new DOMParser().parseFromString(e.detail.xhr.responseText, 'text/html');
      var alert = doc.querySelector('[role=alert]') || doc.querySelector('main p');
      err.textContent = alert ? alert.textContent : '未能保存，请刷新页面后再试。';
      err.hidden = false;
      err.setAttribute('tabindex', '-1');
      err.focus();
      return;
    }
    err.hidden = true;
    if (e.detail.target.id !== 'desk') return;
    var a = document.activeElement;
    kept = {
      text: text().scrollTop, tree: document.getElementById('tree').scrollTop, right: document.querySelector('.imp-right').scrollTop,
      inTree: !!(a && a.closest('#tree')), inPanel: !!(a && a.closest('#panel')),
      name: a && a.name, value: a && a.value
    };
  });
  document.body.addEventListener('htmx:sendError', function () {
    var err = document.getElementById('import-error');
    err.textContent = '网络已断开，本次修改没有保存。'; err.hidden = false;
  });
  document.body.addEventListener('htmx:afterSettle', function () {
    if (!kept) return;
    text().scrollTop = kept.text;
    document.getElementById('tree').scrollTop = kept.tree;
    document.querySelector('.imp-right').scrollTop = kept.right;
    var current = document.querySelector('#tree a[aria-current]');
    if (kept.inTree && current) current.focus();
    else if (kept.inPanel) { var b = document.querySelector('#panel [name="' + kept.name + '"]') || document.querySelector('#panel button'); if (b) b.focus(); }
    else if (kept.name) { var f = document.querySelector('#desk [name="' + kept.name + '"][value="' + kept.value + '"]'); if (f) f.focus(); }
    kept = null;
    if (window.say) window.say('已保存，' + desk().getAttribute('data-says'));
    prepare();
  });

  // 重复点按不会重复导入，仍给出状态
  document.addEventListener('submit', function (e) {
    if (e.target.id !== 'confirm') return;
    var b = e.target.querySelector('button');
    setTimeout(function () { b.disabled = true; b.lastChild.textContent = '正在导入…'; }, 0);
  });
  window.addEventListener('pageshow', function (e) { if (e.persisted) location.reload(); });

  prepare();
  var start = document.querySelector('#tree a[aria-current]');
  if (start && /[?&]node=/.test(location.search)) select(start.getAttribute('data-node'), true);
})();
