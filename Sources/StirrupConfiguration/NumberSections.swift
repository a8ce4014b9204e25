// SPDX-License-Identifier: Apache-2.0
//
// Reading `numbers`.

import SIP

extension Sections {
    /// How numbers are read; without the section, as in North America, and none of them is ours.
    func readNumbers(_ value: ValueReader?) -> Configuration.Numbers {
        let northAmerica = TelephoneNumber(packed: 2 << 60)
        let read = value?.mapping { keys in
            let country = keys.optional("country")?.countryCode() ?? northAmerica
            let plan = TelephoneNumber.Plan(countryCode: country)
            let own = keys.optional("own")?.items().compactMap { $0.numberSource(plan) } ?? []
            return Configuration.Numbers(country: country, own: own.map(\.source), completed: own.compactMap(\.completed))
        }
        return read ?? Configuration.Numbers(country: northAmerica, own: [], completed: [])
    }
}

extension ValueReader {
    fileprivate func countryCode() -> TelephoneNumber? {
        guard let text = text() else { return nil }
        if let code = TelephoneNumber(text), code.isCountryCode { return code }
        fault("\(quoted(text)) is not an assigned country code of one to three digits")
        return nil
    }

    /// A number, range, prefix, or the path of a file with such: what begins with `+` or has neither letter nor slash is
    /// a number, so that a number with a slip in it is not looked for among the files.
    fileprivate func numberSource(
        _ plan: TelephoneNumber.Plan
    ) -> (source: Configuration.NumberSource, completed: CompletedNumber?)? {
        guard let text = text() else { return nil }
        let looksLikeFile = !text.hasPrefix("+") && text.contains { $0.isLetter || $0 == "/" }
        if looksLikeFile { return path().map { (.file($0), nil) } }
        return numberPattern(plan).map { (.pattern($0), CompletedNumber(text, $0)) }
    }

    /// A number, range or prefix; what has no `+` is read by `plan`.
    func numberPattern(_ plan: TelephoneNumber.Plan) -> NumberPattern? {
        guard let text = text() else { return nil }
        do {
            return try NumberPattern(parsing: text, plan)
        } catch {
            fault(error.message(text))
            return nil
        }
    }
}
