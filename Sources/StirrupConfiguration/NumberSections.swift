// SPDX-License-Identifier: Apache-2.0
//
// Reading `numbers`.

import SIP

extension Sections {
    /// How numbers are read; without the section, as in North America, and none of them is ours.
    func readNumbers(_ value: ValueReader?) -> Configuration.Numbers {
        let read = value?.mapping { keys in
            let country = keys.optional("country")?.telephoneNumber("a country code of one to three digits") {
                $0.count <= 3 && $0.description.utf8.allSatisfy { 0x30...0x39 ~= $0 }
            }
            let own = keys.optional("own")?.items().compactMap { $0.numberSource() }
            return (country: country, own: own ?? [])
        }
        let northAmerica = TelephoneNumber(packed: 2 << 60)
        return Configuration.Numbers(country: read?.country ?? northAmerica, own: read?.own ?? [])
    }
}

extension ValueReader {
    /// A number, range, prefix, or the path of a file with such: what begins with `+` or has neither letter nor slash is
    /// a number, so that a number with a slip in it is not looked for among the files.
    fileprivate func numberSource() -> Configuration.NumberSource? {
        guard let text = text() else { return nil }
        let looksLikeFile = !text.hasPrefix("+") && text.contains { $0.isLetter || $0 == "/" }
        if looksLikeFile { return path().map { .file($0) } }
        return numberPattern().map { .pattern($0) }
    }

    /// A number, range or prefix.
    func numberPattern() -> NumberPattern? {
        guard let text = text() else { return nil }
        do {
            return try NumberPattern(parsing: text)
        } catch {
            fault(error.message(text))
            return nil
        }
    }
}
