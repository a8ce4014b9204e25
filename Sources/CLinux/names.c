// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "include/CLinux.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// What a resolv.conf may at most ask for, seconds and attempts: silence of one server shall not take a minute to notice.
enum { longest_wait = 2, most_attempts = 2 };

_Static_assert((int)clinux_type_a == (int)ns_t_a && (int)clinux_type_aaaa == (int)ns_t_aaaa, "as in nameser.h");
_Static_assert((int)clinux_type_srv == (int)ns_t_srv, "as in nameser.h");

// Reads the data of a record; 0 where it is none.
static int read_data(const ns_msg *answer, const ns_rr *rr, struct clinux_name_record *record) {
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    const unsigned char *data = ns_rr_rdata(*rr);
    memset(record, 0, sizeof *record);
    switch (ns_rr_type(*rr)) {
    case ns_t_a:
        if (ns_rr_rdlen(*rr) != 4)
            return 0;
        memcpy(record->address, mapped, sizeof mapped);
        memcpy(record->address + sizeof mapped, data, 4);
        return 1;
    case ns_t_aaaa:
        if (ns_rr_rdlen(*rr) != 16)
            return 0;
        memcpy(record->address, data, 16);
        return 1;
    case ns_t_srv:
        if (ns_rr_rdlen(*rr) < 7)
            return 0;
        record->priority = ns_get16(data);
        record->weight = ns_get16(data + 2);
        record->port = ns_get16(data + 4);
        return dn_expand(ns_msg_base(*answer), ns_msg_end(*answer), data + 6, record->host, sizeof record->host) >= 0;
    default:
        return 0;
    }
}

// The records of one type at the end of the chain of CNAMEs that begins with the question's name.
static int read_answer(
    const unsigned char *bytes, int length, int type, struct clinux_name_record *records, int capacity, uint32_t *ttl) {
    ns_msg answer;
    ns_rr rr;
    char owner[NS_MAXDNAME];
    int count = 0;
    *ttl = UINT32_MAX;
    if (ns_initparse(bytes, length, &answer) != 0 || ns_parserr(&answer, ns_s_qd, 0, &rr) != 0)
        return clinux_no_answer;
    strcpy(owner, ns_rr_name(rr));
    for (int i = 0; i < ns_msg_count(answer, ns_s_an); i++) {
        if (ns_parserr(&answer, ns_s_an, i, &rr) != 0)
            return clinux_no_answer;
        if (ns_rr_class(rr) != ns_c_in || strcasecmp(ns_rr_name(rr), owner) != 0)
            continue;
        if (ns_rr_type(rr) == ns_t_cname) {
            if (dn_expand(bytes, bytes + length, ns_rr_rdata(rr), owner, sizeof owner) < 0)
                return clinux_no_answer;
        } else if (ns_rr_type(rr) != type) {
            continue;
        } else if (count == capacity) {
            return clinux_too_many;
        } else if (read_data(&answer, &rr, &records[count])) {
            count++;
        }
        if (ns_rr_ttl(rr) < *ttl)
            *ttl = ns_rr_ttl(rr);
    }
    return count > 0 ? count : clinux_no_such_name;
}

int clinux_ask_name(
    const char *name, int type, int is_searched, const struct sockaddr_in *server, struct clinux_name_record *records,
    int capacity, uint32_t *ttl) {
    struct __res_state state;
    unsigned char *answer = malloc(NS_MAXMSG);
    int result = clinux_no_answer;
    memset(&state, 0, sizeof state);
    if (answer && res_ninit(&state) == 0) {
        if (state.retrans > longest_wait)
            state.retrans = longest_wait;
        if (state.retry > most_attempts)
            state.retry = most_attempts;
        if (server) {
            state.nscount = 1;
            state.nsaddr_list[0] = *server;
        }
        int length = is_searched ? res_nsearch(&state, name, ns_c_in, type, answer, NS_MAXMSG)
                                 : res_nquery(&state, name, ns_c_in, type, answer, NS_MAXMSG);
        if (length > NS_MAXMSG)
            length = NS_MAXMSG;
        if (length >= 0)
            result = read_answer(answer, length, type, records, capacity, ttl);
        else if (state.res_h_errno == HOST_NOT_FOUND || state.res_h_errno == NO_DATA)
            result = clinux_no_such_name;
        res_nclose(&state);
    }
    free(answer);
    return result;
}
