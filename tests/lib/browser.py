"""A browser without a window: what it makes of a page.  Debian's chromium, where it is."""

import json
import os
import re
import shutil
import subprocess

PROGRAM = shutil.which("chromium")
MISSING = None if PROGRAM else "no chromium: apt-get install chromium"
A4 = (595, 842)  # points
PAPER = 688  # pixels between its margins

# Loads the page in frames of some widths, and notes for each what sticks out.
WRAPPER = """<!DOCTYPE html><meta charset="utf-8"><title>x</title><body><script>
const found = {};
function look(width) {
  return new Promise(done => {
    const frame = document.createElement("iframe");
    frame.style = "border:0;height:800px;width:" + width + "px";
    frame.onload = () => {
      const page = frame.contentDocument, root = page.documentElement;
      const wide = [...page.querySelectorAll("body *")].filter(
        e => e.getBoundingClientRect().right > width + 0.5 && !e.closest(".skip,.bar"));
      found[width] = {scroll: root.scrollWidth, wide: wide.slice(0, 5).map(e => e.outerHTML.slice(0, 200)),
        folded: [...page.querySelectorAll("details > *")].filter(e => !e.checkVisibility()).length,
        ink: frame.contentWindow.getComputedStyle(page.body).color,
        paper: frame.contentWindow.getComputedStyle(page.body).backgroundColor};
      done();
    };
    frame.src = PAGE;
    document.body.append(frame);
  });
}
Promise.all(WIDTHS.map(look)).then(() => {
  const out = document.createElement("pre");
  out.textContent = JSON.stringify(found);
  document.body.replaceChildren(out);
});
</script>"""


def run(where, *arguments):
    """In a profile of its own, in folder ${where}; root has no sandbox."""
    command = [PROGRAM, "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={where}/profile"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")
    env = dict(os.environ, HOME=where)
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, env=env, check=False).stdout


def measure(where, page, widths, dark=False):
    """{width: {"scroll": how wide it is, "wide": what sticks out, "folded": what is not unfolded, "ink", "paper": colours}}"""
    wrapper = os.path.join(where, "wrapper.html")
    with open(wrapper, "w", encoding="utf-8") as f:
        f.write(WRAPPER.replace("PAGE", json.dumps("file://" + page)).replace("WIDTHS", json.dumps(widths)))
    theme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    dom = run(where, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom", *theme, "file://" + wrapper)
    found = re.search(r"<pre>(.*)</pre>", dom, re.S)
    text = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if found else "{}"
    return {int(width): values for width, values in json.loads(text).items()}


def on_paper(where, page):
    """The page ${page} as measured where the rules for paper hold: 210 mm wide, with margins of 14 mm."""
    printed = os.path.join(where, "printed.html")
    with open(page, encoding="utf-8") as f:
        text = f.read().replace("@media print{", "@media all{").replace("@media screen and (max-width", "@media speech and (max-width")
    with open(printed, "w", encoding="utf-8") as f:
        f.write(text)
    return measure(where, printed, [PAPER]).get(PAPER, {})


def paper_sizes(where, page):
    """Of each printed page, in points."""
    pdf = os.path.join(where, "page.pdf")
    run(where, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", "file://" + page)
    with open(pdf, "rb") as f:
        boxes = re.findall(rb"/MediaBox *\[0 0 ([\d.]+) ([\d.]+)\]", f.read())
    return [(round(float(w)), round(float(h))) for w, h in boxes]
