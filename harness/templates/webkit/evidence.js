// Runs in every frame before the page's own scripts, and tells what the page says, what nobody caught, and what
// it asks by fetch and XMLHttpRequest: as WebDriver BiDi's events, in JSON.
(() => {
  const post = window.webkit?.messageHandlers?.harness;
  if (!post) return;
  const LIMIT = 1048576;
  const stringify = JSON.stringify;
  const now = Date.now;
  const tell = (method, params) => post.postMessage(stringify({ method, params }));

  // ------------------------------------------------------------- console
  const frames = (stack) =>
    String(stack || "").split("\n").flatMap((line) => {
      const [, functionName, url, row, column] = /^(?:(.*)@)?(\w[\w+.-]*:.*?):(\d+):(\d+)$/.exec(line) || [];
      return url ? [{ functionName: functionName || "", url, lineNumber: row - 1, columnNumber: column - 1 }] : [];
    });
  const word = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return String(value);
    if (value instanceof Element) return value.cloneNode(false).outerHTML;
    if (typeof value === "function") return "<function>";
    if (typeof value !== "object" || value === null) return String(value);
    try {
      return stringify(value);
    } catch {
      return String(value);
    }
  };
  const phrase = (values) => {
    const [first, ...rest] = values;
    if (typeof first !== "string" || !rest.length) return values.map(word).join(" ");
    const filled = first.replace(/%([sdifoOc%])/g, (whole, kind) => {
      if (kind === "%") return "%";
      if (!rest.length) return whole;
      const value = rest.shift();
      return kind === "c" ? "" : kind === "d" || kind === "i" ? String(parseInt(value)) : word(value);
    });
    return [filled, ...rest.map(word)].join(" ");
  };
  const entry = (type, level, text, stack) =>
    tell("log.entryAdded", { type, level, text, timestamp: now(), stackTrace: { callFrames: frames(stack) } });
  const levels = { log: "info", info: "info", debug: "debug", trace: "debug", warn: "warn", error: "error" };
  for (const [name, level] of Object.entries(levels)) {
    const original = console[name];
    console[name] = function (...values) {
      try {
        entry("console", level, phrase(values), new Error().stack.split("\n").slice(1).join("\n"));
      } catch {}
      return original.apply(this, values);
    };
  }
  const assert = console.assert;
  console.assert = function (holds, ...values) {
    if (!holds) entry("console", "error", phrase(["Assertion failed:", ...values]), new Error().stack.split("\n").slice(1).join("\n"));
    return assert.call(this, holds, ...values);
  };

  // ------------------------------------------------------ what nobody caught
  addEventListener("error", (event) => {
    if (!(event instanceof ErrorEvent)) return;
    const where = `@${event.filename}:${event.lineno}:${event.colno}`;
    const stack = event.error instanceof Error && event.error.stack ? event.error.stack : where;
    const text = event.error instanceof Error ? String(event.error) : String(event.message).replace(/^Uncaught /, "");
    entry("javascript", "error", text, stack);
  }, true);
  addEventListener("unhandledrejection", (event) => {
    const reason = event.reason;
    const stack = reason instanceof Error ? reason.stack : "";
    entry("javascript", "error", reason instanceof Error ? String(reason) : `Uncaught ${word(reason)}`, stack);
  }, true);

  // ------------------------------------------------------------- requests
  let count = 0;
  const unique = Math.random().toString(36).slice(2);
  const listed = (headers) => [...headers].map(([name, value]) => ({ name, value: { type: "string", value } }));
  const begun = (method, url, headers) => {
    const began = now();
    const id = `fetch-${unique}-${(count += 1)}`;
    const facts = { context: "window", navigation: null, redirectCount: 0, timestamp: began };
    const request = { request: id, method, url, headers: listed(headers), initiatorType: "fetch", destination: "" };
    tell("network.beforeRequestSent", { ...facts, request });
    const over = () => ({ ...request, timings: { responseEnd: now() - began || 0.001 } });
    return {
      answered(response, text, why) {
        const body = why ? { missing: why } : text === null ? null : { type: "string", value: text };
        const asked = { ...over(), url: response.url };  // where redirects led
        tell("network.responseCompleted", { ...facts, request: asked, response, body });
      },
      failed: (errorText) => tell("network.fetchError", { ...facts, request: over(), errorText }),
    };
  };
  const mime = (headers) => (headers.get("content-type") || "").split(";")[0].trim().toLowerCase();
  const isJson = (type) => type === "application/json" || type === "text/json" || type.endsWith("+json");
  const answerOf = (url, status, headers) => ({ url, status, headers: listed(headers), mimeType: mime(headers) });

  const realFetch = window.fetch;
  window.fetch = function fetch(...values) {
    const asked = realFetch.apply(this, values);
    try {
      const [input, init] = values;
      const isRequest = input instanceof Request;
      const url = new URL(isRequest ? input.url : String(input), document.baseURI).href;
      const method = String(init?.method || (isRequest ? input.method : "GET")).toUpperCase();
      if (!url.startsWith("http")) return asked;
      const flight = begun(method, url, new Headers(init?.headers || (isRequest ? input.headers : {})));
      asked.then(
        (response) => {
          const said = answerOf(response.url || url, response.status, response.headers);
          if (response.type === "opaque" || response.type === "opaqueredirect") flight.answered({ ...said, status: 0 }, null, "");
          else if (!isJson(said.mimeType)) flight.answered(said, null, "");
          else
            response.clone().text().then(
              (text) => flight.answered(said, text.length > LIMIT ? null : text, text.length > LIMIT ? "larger than 1 MB" : ""),
              (error) => flight.answered(said, null, String(error)),
            );
        },
        (error) => flight.failed(String(error?.message || error)),
      );
    } catch {}
    return asked.then((response) => response);  // one that we do not handle: it is the page's to catch what fails
  };

  const proto = XMLHttpRequest.prototype;
  const { open, send, setRequestHeader } = proto;
  const about = new WeakMap();
  proto.open = function (method, url, ...rest) {
    about.set(this, { method: String(method).toUpperCase(), url: new URL(String(url), document.baseURI).href, headers: new Headers() });
    return open.call(this, method, url, ...rest);
  };
  proto.setRequestHeader = function (name, value) {
    try {
      about.get(this)?.headers.append(name, value);
    } catch {}
    return setRequestHeader.call(this, name, value);
  };
  proto.send = function (...values) {
    const asked = about.get(this);
    if (asked?.url.startsWith("http")) {
      const flight = begun(asked.method, asked.url, asked.headers);
      this.addEventListener("load", () => {
        const lines = this.getAllResponseHeaders().trim().split(/\r?\n/).filter(Boolean);
        const headers = new Headers(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
        const said = answerOf(this.responseURL || asked.url, this.status, headers);
        if (!isJson(said.mimeType)) return flight.answered(said, null, "");
        if (this.responseType === "json") return flight.answered(said, stringify(this.response), "");
        if (this.responseType === "" || this.responseType === "text") {
          const large = this.responseText.length > LIMIT;
          return flight.answered(said, large ? null : this.responseText, large ? "larger than 1 MB" : "");
        }
        return flight.answered(said, null, "not text");
      });
      for (const end of ["error", "abort", "timeout"]) this.addEventListener(end, () => flight.failed(end));
    }
    return send.apply(this, values);
  };
})();
