// Draws the charts of a page from the options beside them: colours and formatters are names there.
const page = document.documentElement;
const lang = page.lang || "en";
const drawn = new Map();

const signs = { CNY: "¥", JPY: "JP¥", USD: "$", EUR: "€", GBP: "£", HKD: "HK$", TWD: "NT$" };
const sign = (currency) => signs[currency] ?? (currency ? `${currency} ` : "");
const signed = (value, text, currency) => `${value < 0 ? "−" : ""}${sign(currency)}${text}`;
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const cents = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const day = new Intl.DateTimeFormat(lang, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
const shortMonth = new Intl.DateTimeFormat(lang, { year: "2-digit", month: "short", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
const scales = {
  en: [[1e9, "B"], [1e6, "M"], [1e3, "k"]],
  "zh-hans": [[1e8, "亿"], [1e4, "万"]],
  "zh-hant": [[1e8, "億"], [1e4, "萬"]],
};

function compact(value) {
  const size = Math.abs(value);
  for (const [unit, suffix] of scales[lang] ?? scales.en) {
    if (size >= unit && size >= 10000) {
      const scaled = value / unit;
      return scaled.toFixed(Math.abs(scaled) >= 100 ? 0 : 1).replace(/\.0$/, "") + suffix;
    }
  }
  return grouped.format(value);
}

const formats = {
  number: (value) => grouped.format(value),
  decimal: (value) => tenths.format(value),
  compact,
  percent: (value) => `${Math.round(value * 100)}%`,
  money: (value, currency) => signed(value, (Math.abs(value) >= 1000 ? grouped : cents).format(Math.abs(value)), currency),
  compact_money: (value, currency) => signed(value, compact(Math.abs(value)), currency),
  month: (value) => shortMonth.format(value),
  day: (value) => shortDay.format(value),
};

// "of" says where the value lies in what ECharts passes.
const readers = {
  value: (parameters) => parameters.value,
};

function formatter(marker) {
  const format = formats[marker.$format];
  if (marker.of === "point") {
    return ({ value }) => `${day.format(value[0])}<br><b>${format(value[2], marker.currency)}</b>`;
  }
  const read = readers[marker.of];
  return (input) => {
    const value = read ? read(input) : input;
    return value === null || value === undefined ? "–" : format(Array.isArray(value) ? value.at(-1) : value, marker.currency);
  };
}

function resolve(node, styles) {
  if (typeof node === "string" && node.startsWith("$")) {
    return styles.getPropertyValue(`--kw-${node.slice(1).replaceAll("_", "-")}`).trim();
  }
  if (Array.isArray(node)) return node.map((one) => resolve(one, styles));
  if (node && typeof node === "object") {
    if (node.$format) return formatter(node);
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value, styles)]));
  }
  return node;
}

function complete(option, styles) {
  const read = (name) => styles.getPropertyValue(name).trim();
  const tooltip = {
    confine: true,
    backgroundColor: read("--kw-surface"),
    borderColor: read("--kw-line"),
    textStyle: { color: read("--kw-text"), fontSize: 13 },
    axisPointer: { lineStyle: { color: read("--kw-line") } },
  };
  return {
    ...option,
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: option.tooltip ? { ...tooltip, ...option.tooltip } : undefined,
  };
}

function draw(plot) {
  const source = document.getElementById(plot.dataset.chart);
  if (!source || !window.echarts) return;
  const styles = getComputedStyle(document.querySelector(".kw"));
  drawn.get(plot)?.dispose();
  const chart = window.echarts.init(plot, null, { renderer: "svg" });
  chart.setOption(complete(resolve(JSON.parse(source.textContent), styles), styles));
  plot.querySelector("svg")?.setAttribute("aria-hidden", "true");
  drawn.set(plot, chart);
}

function drawAll(root = document) {
  for (const [plot, chart] of drawn) {
    if (!plot.isConnected) {
      chart.dispose();
      drawn.delete(plot);
    }
  }
  for (const plot of root.querySelectorAll(".kw-plot")) draw(plot);
}

const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.resize();
});

function start(root = document) {
  drawAll(root);
  for (const plot of root.querySelectorAll(".kw-plot")) resizes.observe(plot);
}

let dark = page.classList.contains("dark");
new MutationObserver(() => {
  if (page.classList.contains("dark") === dark) return;
  dark = !dark;
  drawAll();
}).observe(page, { attributes: true, attributeFilter: ["class"] });

document.addEventListener("htmx:afterSettle", (event) => start(event.detail.target));
// Labels are measured when drawn, so the page's own font has to be there.
document.fonts.ready.then(() => start());
