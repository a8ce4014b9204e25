// SPDX-License-Identifier: Apache-2.0
//
// Charts as inline SVG. Colours are those of Okabe and Ito, which people with any kind of colour vision tell apart; each also
// has a pattern of its own, and every chart has its numbers beside it or in a title.

import PlainText

/// One part of a bar.
struct ChartPart {
    let name: String
    /// The class that the style sheet fills.
    let style: String
    let value: Int
}

/// Bars with parts.
enum Charts {
    /// The patterns that `style` refers to.
    static let patterns = """
        <svg class="defs" aria-hidden="true"><defs>\
        <pattern id="p-failed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="c-failed"/><rect width="2" height="6" class="ink"/></pattern>\
        <pattern id="p-absent" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="c-absent"/><circle cx="3" cy="3" r="1.2" class="ink"/></pattern>\
        <pattern id="p-unavailable" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="6" height="6" class="c-unavailable"/><rect width="1" height="6" class="ink"/></pattern>\
        </defs></svg>
        """

    /// Upright bars from left to right, one for each `label`, which its title shows.
    static func columns(_ bars: [(label: String, parts: [ChartPart])], title: String) -> String {
        guard !bars.isEmpty else { return "" }
        let height = 180, width = 960
        let most = max(1, bars.map { total($0.parts) }.max() ?? 1)
        let step = Double(width) / Double(bars.count), thick = max(1, min(48, step * 0.85))
        var svg = "<svg viewBox=\"0 0 \(width + 60) \(height + 34)\" role=\"img\" aria-label=\"\(Printable.html(title))\">"
        svg +=
            "<text x=\"54\" y=\"10\" text-anchor=\"end\">\(most)</text><text x=\"54\" y=\"\(height + 4)\" text-anchor=\"end\">0</text>"
        svg += "<line x1=\"58\" y1=\"\(height)\" x2=\"\(width + 60)\" y2=\"\(height)\" class=\"axis\"/>"
        for (place, bar) in bars.enumerated() {
            var bottom = Double(height)
            let left = 60 + Double(place) * step
            svg += "<g><title>\(Printable.html(describe(bar.label, bar.parts)))</title>"
            for part in bar.parts where part.value > 0 {
                let tall = Double(part.value) / Double(most) * Double(height - 6)
                bottom -= tall
                svg += rectangle(left, bottom, thick, tall, part.style)
            }
            svg += "</g>"
        }
        let labelled = max(1, (bars.count + 7) / 8)
        for (place, bar) in bars.enumerated() where place % labelled == 0 {
            svg += "<text x=\"\(short(60 + Double(place) * step))\" y=\"\(height + 18)\">\(Printable.html(bar.label))</text>"
        }
        return svg + "</svg>"
    }

    /// Lying bars, one below the other, with their label on the left and their value behind them. `isShare` makes all equally long.
    static func rows(_ bars: [(label: String, parts: [ChartPart])], title: String, isShare: Bool) -> String {
        guard !bars.isEmpty else { return "" }
        let line = 26, left = 230.0, width = 620.0
        let most = max(1, bars.map { total($0.parts) }.max() ?? 1)
        var svg = "<svg viewBox=\"0 0 960 \(bars.count * line + 8)\" role=\"img\" aria-label=\"\(Printable.html(title))\">"
        for (place, bar) in bars.enumerated() {
            let top = Double(place * line + 4), all = total(bar.parts)
            var at = left
            svg += "<g><title>\(Printable.html(describe(bar.label, bar.parts)))</title>"
            svg +=
                "<text x=\"\(short(left - 8))\" y=\"\(short(top + 14))\" text-anchor=\"end\">\(Printable.html(bar.label, longest: 30))</text>"
            for part in bar.parts where part.value > 0 {
                let long = Double(part.value) / Double(isShare ? max(1, all) : most) * width
                svg += rectangle(at, top, long, 18, part.style)
                at += long
            }
            svg += "<text x=\"\(short(at + 8))\" y=\"\(short(top + 14))\">\(all)</text></g>"
        }
        return svg + "</svg>"
    }

    /// What the colours mean.
    static func legend(_ parts: [(name: String, style: String)]) -> String {
        let items = parts.map { part in
            "<span><svg viewBox=\"0 0 14 14\" class=\"key\">\(rectangle(0, 0, 14, 14, part.style))</svg> \(Printable.html(part.name))</span>"
        }
        return "<p class=\"legend\">\(items.joined(separator: " "))</p>"
    }

    private static func total(_ parts: [ChartPart]) -> Int { parts.reduce(0) { $0 + $1.value } }

    private static func describe(_ label: String, _ parts: [ChartPart]) -> String {
        "\(label): " + parts.filter { $0.value > 0 }.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }

    private static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String) -> String {
        "<rect x=\"\(short(x))\" y=\"\(short(y))\" width=\"\(short(width))\" height=\"\(short(height))\" class=\"f-\(style)\"/>"
    }

    /// With one decimal.
    private static func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
