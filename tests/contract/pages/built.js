(()=>{function t(r){return r.rows.length}window.built=()=>{setTimeout(function n(){t(void 0)},0)}})();built();
//# sourceMappingURL=built.js.map
