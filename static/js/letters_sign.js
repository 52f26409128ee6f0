/* 签署：口令只在本页内存中，逐份发出，每份各自成交；一份未成即停，已签的不受影响。 */
(function () {
  'use strict';
  var form = document.getElementById('signform');
  if (!form) return;
  var pin = document.getElementById('id_pin'), error = document.getElementById('signerr');
  var list = error.querySelector('ul'), done = document.getElementById('signdone'), go = document.getElementById('signgo');
  var all = document.getElementById('signall');
  function boxes() { return Array.prototype.slice.call(form.querySelectorAll('[data-sign]')); }
  function state(box, text) { box.parentNode.querySelector('[data-state]').textContent = text; }
  function fail(text, focus) {
    error.hidden = false; list.textContent = '';
    var li = document.createElement('li'), a = document.createElement('a');
    a.href = '#id_pin'; a.textContent = text; li.appendChild(a); list.appendChild(li);
    go.disabled = false; (focus || error).focus();
  }
  if (all) all.addEventListener('click', function () { boxes().forEach(function (b) { if (!b.disabled) b.checked = true; }); });
  form.addEventListener('submit', function (e) {
    e.preventDefault();
    var chosen = boxes().filter(function (b) { return b.checked && !b.disabled; });
    if (!chosen.length) { fail('请先选择要签署的责任书'); return; }
    if (!pin.value) { pin.setAttribute('aria-invalid', 'true'); fail('请输入签名口令'); return; }
    error.hidden = true; go.disabled = true; pin.removeAttribute('aria-invalid');
    next(chosen, 0);
  });
  function next(chosen, place) {
    if (place === chosen.length) { pin.value = ''; done.textContent = '已签署 ' + place + ' 份'; go.disabled = !boxes().some(function (b) { return !b.disabled; }); window.say(done.textContent); return; }
    var box = chosen[place], body = new URLSearchParams();
    body.set('pin', pin.value); body.set('digest', box.getAttribute('data-digest'));
    state(box, '签署中…'); done.textContent = '正在签署第 ' + (place + 1) + ' 份，共 ' + chosen.length + ' 份';
    fetch(box.getAttribute('data-sign'), { method: 'POST', credentials: 'same-origin', body: body, headers: { Accept: 'application/json', 'X-CSRFToken': document.body.dataset.csrf } })
      .then(function (r) { return r.json().catch(function () { return {}; }).then(function (a) { return { ok: r.ok, a: a }; }); })
      .then(function (r) {
        if (r.ok) { state(box, '已签 ' + r.a.at); box.checked = false; box.disabled = true; next(chosen, place + 1); return; }
        state(box, '未签'); done.textContent = '已签署 ' + place + ' 份，其余未签';
        if (r.a.code === 'confirm_again') { location.href = r.a.confirm + '?next=' + encodeURIComponent(location.pathname + location.search); return; }
        fail(r.a.error || '未能签署，请刷新页面后再试', error);
      }, function () { state(box, '未签'); fail('网络不通，请刷新页面核对哪些已签'); });
  }
})();
