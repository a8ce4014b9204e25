// SPDX-License-Identifier: Apache-2.0
//
// Times in logs. Ours are in UTC with their offset; those of a PBX are local ones that do not say of which place.

public import Foundation

/// Points in time, in Unix milliseconds.
public enum Instant {
    /// `2026-11-21T15:48:59.041Z` (RFC 3339), with a blank for the `T` and without fraction or offset too, or a date alone.
    /// A time without an offset is one of `clock`; nil: it is none.
    static func milliseconds(_ text: Span<UInt8>, clock: LocalClock?) -> Int64? {
        guard let year = digits(text, 0, 4), let month = digits(text, 5, 2), let day = digits(text, 8, 2),
            text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), 1...12 ~= month, 1...31 ~= day
        else { return nil }
        var seconds = days(year: year, month: month, day: day) * 86400
        if text.count == 10 { return (clock?.utc(local: seconds)).map { $0 * 1000 } }
        guard text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "), let hour = digits(text, 11, 2),
            let minute = digits(text, 14, 2), text[13] == UInt8(ascii: ":"), hour < 24, minute < 60
        else { return nil }
        seconds += hour * 3600 + minute * 60
        var at = 16
        if at < text.count, text[at] == UInt8(ascii: ":") {
            guard let second = digits(text, 17, 2), second <= 60 else { return nil }
            seconds += second
            at = 19
        }
        var thousandths: Int64 = 0
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            var unit: Int64 = 100
            while at < text.count, 0x30...0x39 ~= text[at] {
                thousandths += Int64(text[at] - 0x30) * unit
                unit /= 10
                at += 1
            }
        }
        guard let utc = offset(text, at).map({ seconds - $0 }) ?? (at == text.count ? clock?.utc(local: seconds) : nil)
        else { return nil }
        return utc * 1000 + thousandths
    }

    /// The same of a text, for options.
    public static func milliseconds(_ text: String, clock: LocalClock) -> Int64? {
        let bytes = Array(text.utf8)
        return milliseconds(bytes.span, clock: clock)
    }

    /// `Z` or `+hh:mm`, in seconds.
    private static func offset(_ text: Span<UInt8>, _ at: Int) -> Int64? {
        guard at < text.count else { return nil }
        if text[at] | 0x20 == UInt8(ascii: "z") { return at + 1 == text.count ? 0 : nil }
        let isNegative = text[at] == UInt8(ascii: "-")
        guard isNegative || text[at] == UInt8(ascii: "+"), let hours = digits(text, at + 1, 2),
            let minutes = digits(text, text.count - 2, 2), text.count == at + 5 || text.count == at + 6, hours < 24
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isNegative ? -1 : 1)
    }

    private static func digits(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        guard start >= 0, start + count <= text.count else { return nil }
        var value: Int64 = 0
        for i in start..<(start + count) {
            guard 0x30...0x39 ~= text[i] else { return nil }
            value = value * 10 + Int64(text[i] - 0x30)
        }
        return value
    }

    /// Days from 1 January 1970 to a Gregorian date (Hinnant's days-from-civil).
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400, yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// RFC 3339, in UTC, without fraction.
    static func rfc3339(_ time: Int64) -> String {
        Date(timeIntervalSince1970: (Double(time) / 1000).rounded(.down)).formatted(.iso8601)
    }
}

/// The clock on the wall of one place.
public final class LocalClock {
    private let zone: TimeZone
    private var quarter = Int64.min
    private var offset: Int64 = 0
    private let formatter = DateFormatter()

    /// The clock of a time zone.
    public init(_ zone: TimeZone) {
        self.zone = zone
        formatter.timeZone = zone
        formatter.locale = Locale(identifier: "en_US_POSIX")
    }

    /// Its name, for the report.
    var name: String { zone.identifier }

    /// How far it is ahead of UTC, in seconds. Offsets change at quarters of an hour at the most.
    private func offset(at seconds: Int64) -> Int64 {
        let quarter = seconds / 900
        if quarter != self.quarter {
            self.quarter = quarter
            offset = Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
        }
        return offset
    }

    /// What UTC was when it showed `local`; of two possible times, when clocks are put back, the later.
    func utc(local: Int64) -> Int64 {
        let guess = local - offset(at: local)
        return local - offset(at: guess)
    }

    /// Whether it is night, from 22 to 6, or a Saturday or Sunday.
    func isOffHours(_ time: Int64) -> Bool {
        let local = time / 1000 + offset(at: time / 1000)
        let hour = (local % 86400 + 86400) % 86400 / 3600
        // 1 January 1970 was a Thursday.
        let weekday = ((local - (local % 86400 + 86400) % 86400) / 86400 % 7 + 7 + 4) % 7
        return hour < 6 || hour >= 22 || weekday == 0 || weekday == 6
    }

    /// The date and time that it shows.
    func text(_ time: Int64, format: String = "yyyy-MM-dd HH:mm:ss") -> String {
        formatter.dateFormat = format
        return formatter.string(from: Date(timeIntervalSince1970: Double(time) / 1000))
    }
}
