// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes text to standard error at once.
public func writeToStandardError(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
