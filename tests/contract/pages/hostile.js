(()=>{function t(r){return r.rows.length}window.hostile=()=>{setTimeout(function n(){t(void 0)},0)}})();hostile();
//# sourceMappingURL=hostile.js.map
