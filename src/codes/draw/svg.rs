//! The symbol as SVG: one path, neighbours in a row merged, sized in millimetres for print.

use std::fmt::Write;

use super::Symbol;

impl Symbol {
    /// An SVG with its size in millimetres, crisp edges, a white ground and a title for those who cannot see it.
    #[must_use]
    pub fn svg(&self, title: &str) -> String {
        let side = self.full_width();
        let mm = format!("{}.{:03}", self.side_micrometres() / 1000, self.side_micrometres() % 1000);
        let (title, path) = (escaped(title), self.path());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{mm}mm\" height=\"{mm}mm\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
        )
    }

    /// The dark modules as path commands: for each run of a row `M x y h run v1 h-run z`, in modules, with the quiet zone.
    #[must_use]
    pub fn path(&self) -> String {
        let side = self.full_width();
        let mut path = String::with_capacity(8 * 1024);
        for row in 0..side {
            let mut column = 0;
            while column < side {
                let start = column;
                while self.dark(column, row) {
                    column += 1;
                }
                let run = column - start;
                if run > 0 {
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{start} {row}h{run}v1h-{run}z");
                }
                column += 1;
            }
        }
        path
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no way to write other control characters.
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
