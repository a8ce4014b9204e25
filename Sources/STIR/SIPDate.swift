// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The value of a Date header field (RFC 3261 §20.17): `Sat, 13 Nov 2010 23:29:00 GMT`, from and to Unix seconds.
public enum SIPDate {
    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// The time that `value` says; nil where it is no SIP-date. The time zone is always GMT.
    ///
    /// The name of the day has to be one, but not the right one.
    public static func seconds(_ bytes: Span<UInt8>, _ value: ByteRange) -> Int64? {
        let range = bytes.trimmed(value)
        let at = range.start
        guard range.count == 29, name(bytes, at: at, of: days) != nil, bytes.equals(ByteRange(at &+ 3, at &+ 5), ", "),
            let day = number(bytes, at &+ 5, digits: 2), bytes[at &+ 7] == 0x20,
            let month = name(bytes, at: at &+ 8, of: months), bytes[at &+ 11] == 0x20,
            let year = number(bytes, at &+ 12, digits: 4), bytes[at &+ 16] == 0x20,
            let hour = number(bytes, at &+ 17, digits: 2), bytes[at &+ 19] == UInt8(ascii: ":"),
            let minute = number(bytes, at &+ 20, digits: 2), bytes[at &+ 22] == UInt8(ascii: ":"),
            let second = number(bytes, at &+ 23, digits: 2),
            bytes.equalsIgnoringCase(ByteRange(at &+ 25, at &+ 29), " gmt")
        else { return nil }
        guard year >= 1970, hour < 24, minute < 60, second < 60, day >= 1, day <= length(of: month, in: year) else {
            return nil
        }
        return ((daysSince1970(year, month, day) &* 24 &+ hour) &* 60 &+ minute) &* 60 &+ second
    }

    /// Writes the value for a time from 1970 to 9999.
    public static func write(_ seconds: Int64, into output: inout ByteWriter) {
        let time = min(max(0, seconds), 253_402_300_799)
        let day = time / 86_400
        let second = time % 86_400
        let date = civil(day)
        put(days, Int(day % 7), into: &output)
        output.put(", ")
        put(date.day, digits: 2, into: &output)
        output.put(" ")
        put(months, Int(date.month &- 1), into: &output)
        output.put(" ")
        put(date.year, digits: 4, into: &output)
        output.put(" ")
        put(second / 3600, digits: 2, into: &output)
        output.put(":")
        put(second / 60 % 60, digits: 2, into: &output)
        output.put(":")
        put(second % 60, digits: 2, into: &output)
        output.put(" GMT")
    }

    // MARK: - The calendar

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        month == 2 ? (isLeap(year) ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    /// Years are counted from March, so that the leap day is their last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year &- 1 : year
        let monthFromMarch = (month &+ 9) % 12
        let dayOfYear = (153 &* monthFromMarch &+ 2) / 5 &+ day &- 1
        return 365 &* year &+ year / 4 &- year / 100 &+ year / 400 &+ dayOfYear &- 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days &+ 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let monthFromMarch = (5 &* dayOfYear &+ 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch &+ 3 : monthFromMarch &- 9
        let year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear &- (153 &* monthFromMarch &+ 2) / 5 &+ 1)
    }

    // MARK: - Text

    /// Which of the three-letter names stands at `start`, from 1; letters in any case.
    private static func name(_ bytes: Span<UInt8>, at start: Int, of names: StaticString) -> Int64? {
        for i in 0..<(names.utf8CodeUnitCount / 3) {
            var isEqual = true
            for j in 0..<3 where asciiLowercase(bytes[start &+ j]) != asciiLowercase(names.character(i &* 3 &+ j)) {
                isEqual = false
            }
            if isEqual { return Int64(i &+ 1) }
        }
        return nil
    }

    private static func number(_ bytes: Span<UInt8>, _ start: Int, digits: Int) -> Int64? {
        bytes.decimal(ByteRange(start, start &+ digits), limit: 9999).map { Int64($0) }
    }

    private static func put(_ names: StaticString, _ index: Int, into output: inout ByteWriter) {
        for j in 0..<3 { output.put(names.character(index &* 3 &+ j)) }
    }

    private static func put(_ value: Int64, digits: Int, into output: inout ByteWriter) {
        var divisor: Int64 = digits == 4 ? 1000 : 10
        while divisor > 0 {
            output.put(UInt8(truncatingIfNeeded: 0x30 &+ value / divisor % 10))
            divisor /= 10
        }
    }
}
