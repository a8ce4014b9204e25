// SPDX-License-Identifier: Apache-2.0
// What Swift sees of libcrypto: its headers, and a function for each macro, variadic function or
// callback that Swift cannot import. Only the target Credentials imports this.

#ifndef STIRRUP_COPENSSL_SHIM_H
#define STIRRUP_COPENSSL_SHIM_H

// Tests make keys of other kinds with functions that 3.0 deprecates.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdint.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/// OPENSSL_free is a macro that adds file and line.
static inline void COpenSSL_free(void *memory) { OPENSSL_free(memory); }

/// BIO_get_mem_data is a macro over BIO_ctrl.
static inline long COpenSSL_BIO_contents(BIO *bio, const unsigned char **bytes) {
    return BIO_get_mem_data(bio, (char **)bytes);
}

/// EVP_EC_gen is a macro over a variadic function; the curve is known by name ("P-256").
static inline EVP_PKEY *COpenSSL_EC_generate(const char *curve) { return EVP_EC_gen(curve); }

/// STACK_OF(X509) and its functions exist only as macros.
static inline STACK_OF(X509) *COpenSSL_certificates_new(void) { return sk_X509_new_null(); }
static inline int COpenSSL_certificates_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}
static inline int COpenSSL_certificates_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *COpenSSL_certificates_at(const STACK_OF(X509) *stack, int index) {
    return sk_X509_value(stack, index);
}
/// Frees the stack, not the certificates: they belong to their Swift owners.
static inline void COpenSSL_certificates_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

/// STACK_OF(X509_REVOKED) likewise; a list without entries has no stack at all.
static inline int COpenSSL_revoked_count(X509_CRL *list) {
    int count = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list));
    return count < 0 ? 0 : count;
}
static inline X509_REVOKED *COpenSSL_revoked_at(X509_CRL *list, int index) {
    return sk_X509_REVOKED_value(X509_CRL_get_REVOKED(list), index);
}

/// GENERAL_NAMES is such a stack too: 1 when one of the names is a directoryName, which is what a certificate's issuer is.
static inline int COpenSSL_has_directory_name(const GENERAL_NAMES *names) {
    for (int index = 0; index < sk_GENERAL_NAME_num(names); index++)
        if (sk_GENERAL_NAME_value(names, index)->type == GEN_DIRNAME) return 1;
    return 0;
}

/// Seconds since 1970; 0 when `value` is not a time. ASN1_TIME_to_tm reads NULL as "now", which must not happen here.
static inline int COpenSSL_unix_time(const ASN1_TIME *value, int64_t *seconds) {
    struct tm parts;
    if (value == NULL || !ASN1_TIME_to_tm(value, &parts)) return 0;
    *seconds = (int64_t)timegm(&parts);
    return 1;
}

/// XN_FLAG_RFC2253 is an expression with casts. It escapes control characters and everything beyond ASCII.
static inline int COpenSSL_print_name(BIO *out, const X509_NAME *name) {
    return X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253);
}

/// Never asks anybody: notes that a pass phrase would be needed, and refuses.
static inline int COpenSSL_refuse_pass_phrase(char *buffer, int size, int writing, void *wanted) {
    (void)buffer, (void)size, (void)writing;
    *(int *)wanted = 1;
    return -1;
}

/// The first private key in PEM; `*wanted` becomes 1 when it is encrypted. The default callback would prompt.
static inline EVP_PKEY *COpenSSL_read_private_key(BIO *in, int *wanted) {
    *wanted = 0;
    return PEM_read_bio_PrivateKey(in, NULL, COpenSSL_refuse_pass_phrase, wanted);
}

/// An extension from OpenSSL's text form: the type of the configuration argument and X509V3_set_ctx_nodb are macros.
static inline X509_EXTENSION *COpenSSL_extension(
    X509 *issuer, X509 *subject, X509_CRL *list, int nid, const char *text) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, subject, NULL, list, 0);
    X509V3_set_ctx_nodb(&context);
    return X509V3_EXT_conf_nid(NULL, &context, nid, text);
}

/// STACK_OF(X509_EXTENSION) exists only as macros: puts one extension into a certification request.
static inline int COpenSSL_request_add_extension(X509_REQ *request, X509_EXTENSION *extension) {
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    int done = extensions != NULL && sk_X509_EXTENSION_push(extensions, extension) > 0
        && X509_REQ_add_extensions(request, extensions);
    sk_X509_EXTENSION_free(extensions);
    return done;
}

#endif
