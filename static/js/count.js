/* 字数: counts as the server does (reports/drafting/counting.py), while one types. */
(function () {
  'use strict';
  const WORD = /[0-9A-Za-z]+(?:[.,%/:-][0-9A-Za-z]+)*%?|[^\s0-9A-Za-z]/gu;
  document.querySelectorAll('[data-count]').forEach((line) => {
    const area = document.getElementById(line.dataset.count);
    const limit = Number(line.dataset.limit);
    const over = line.querySelector('[data-over]');
    if (!area) { return; }
    const tell = () => {
      const length = (area.value.match(WORD) || []).length;
      line.querySelector('[data-length]').textContent = length;
      if (!over) { return; }
      over.hidden = length <= limit;
      over.querySelector('[data-more]').textContent = Math.max(0, length - limit);
      line.classList.toggle('is-over', length > limit);
    };
    area.addEventListener('input', tell);
    tell();
  });
})();
