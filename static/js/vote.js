/* 投票码从二维码的 # 之后取来填好，并从地址栏抹去：# 之后的内容不发往服务器，也不进任何日志。 */
(function () {
  "use strict";
  var box = document.getElementById("id_code");
  var code = decodeURIComponent(location.hash.slice(1)).slice(0, 20);
  if (!code) return;
  if (box && !box.value && /^[0-9A-Za-z-]+$/.test(code)) box.value = code;
  history.replaceState(null, "", location.pathname);
})();
