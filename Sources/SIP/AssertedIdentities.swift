// SPDX-License-Identifier: Apache-2.0

extension MessageIndex {
    /// Leaves the first two values of P-Asserted-Identity, which is all that RFC 3325 §9.1 permits: what comes behind them counts as
    /// if it were not there. Values that cannot be read stay, so that whoever reads them finds that out.
    mutating func setSurplusIdentitiesAside(_ bytes: Span<UInt8>) {
        guard let first = firstField(.pAssertedIdentity) else { return }
        let value = fields[first].value
        guard fields[first].next != 0 || bytes.find(UInt8(ascii: ","), from: value.start, to: value.end) < value.end else {
            return
        }
        var count = 0, field: Int? = first
        while let number = field {
            let values = fields[number].value
            var start = values.start
            repeat {
                guard let identity = NameAddr(bytes, ByteRange(start, values.end)) else { return }
                count &+= 1
                start = Int(identity.next)
                guard count == 2 else { continue }
                if start != 0 {
                    surplusIdentities = ByteRange(identity.value.end, values.end)
                    fields[number].value.upper = identity.value.upper
                }
                return setFieldsAside(behind: number)
            } while start != 0
            field = nextField(.pAssertedIdentity, after: number)
        }
    }

    /// The fields of P-Asserted-Identity behind this one become surplus ones.
    private mutating func setFieldsAside(behind last: Int) {
        let head = fields[last].next
        guard head != 0 else { return }
        let identities = Int(FieldName.pAssertedIdentity.rawValue), surplus = Int(FieldName.surplusIdentity.rawValue)
        var next = head
        while next != 0 {
            fields[Int(next) &- 1].name = .surplusIdentity
            next = fields[Int(next) &- 1].next
        }
        fields[last].next = 0
        if rows[surplus].last == 0 {
            rows[surplus].first = head
        } else {
            fields[Int(rows[surplus].last) &- 1].next = head
        }
        rows[surplus].last = rows[identities].last
        rows[identities].last = UInt16(truncatingIfNeeded: last &+ 1)
    }
}
