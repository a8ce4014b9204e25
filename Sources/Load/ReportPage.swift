// SPDX-License-Identifier: Apache-2.0

extension LoadReport {
    /// The report as a page.
    public var page: String { text }
}
