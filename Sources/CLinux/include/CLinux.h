// SPDX-License-Identifier: Apache-2.0
//
// What Swift's Glibc module does not show, or shows in a form that cannot be used.

#ifndef STIRRUP_CLINUX_H
#define STIRRUP_CLINUX_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

// struct mmsghdr is only declared under _GNU_SOURCE, which must not be defined in a header of a module.
struct clinux_mmsghdr {
    struct msghdr header;
    unsigned int length;
};

int clinux_recvmmsg(int socket, struct clinux_mmsghdr *messages, unsigned int count);
int clinux_sendmmsg(int socket, struct clinux_mmsghdr *messages, unsigned int count);

// A UDP socket, nonblocking, close-on-exec, with receive and send buffers of that size, bound to the address; -errno on
// failure. Datagrams leave without DF, so that those beyond the path MTU are fragmented (an Identity header makes many so).
//
// `beside` is a socket of ours that is bound to the wildcard address and the same port, or -1: the kernel would refuse a second
// one there, as it must where it is somebody else's.
int clinux_udp_socket(const struct sockaddr *address, socklen_t length, int buffer_size, int beside);

// Takes one error off the socket's error queue (RFC 1122 section 4.1.3.3: ICMP errors are passed to the sender). 1: `destination`
// is where the datagram went that an ICMP message came back for, and the result says whether nobody listens there; 0: none.
int clinux_next_icmp_error(int socket, struct sockaddr_in6 *destination, int *is_refused);

// How many datagrams the kernel dropped for want of room in the socket's receive buffer since it was opened.
unsigned int clinux_receive_drops(int socket);

// How full the socket's receive buffer is, in the kernel's own accounting.
void clinux_receive_queue(int socket, unsigned int *filled, unsigned int *capacity);

// Writes each SIGHUP, SIGTERM and SIGINT as one byte to this descriptor, whichever thread it meets; SIGPIPE is ignored.
int clinux_watch_signals(int descriptor);

// Runs `body(context)` on a new thread of that name with all signals blocked; 0, or an errno.
int clinux_start_thread(uintptr_t *thread, const char *name, void (*body)(void *), void *context);
// How many cores this process may run on (taskset, a container's cpuset); at least 1.
int clinux_usable_cores(void);

// Lets the calling thread give way to those of ordinary priority.
void clinux_give_way(void);

// Lets the calling thread's sleeps end when they should (PR_SET_TIMERSLACK): by default the kernel may add 50 us.
void clinux_wake_on_time(void);

/// Gives the system all freed memory that it can have.
void clinux_trim_memory(void);
int clinux_join_thread(uintptr_t thread);

// One record of an answer of the name servers.
struct clinux_name_record {
    // A and AAAA: the address, IPv4 as ::ffff:a.b.c.d.
    unsigned char address[16];
    // SRV.
    uint16_t priority, weight, port;
    char host[256];
};

enum { clinux_type_a = 1, clinux_type_aaaa = 28, clinux_type_srv = 33 };
enum { clinux_no_such_name = -1, clinux_no_answer = -2, clinux_too_many = -3 };

// Asks the name servers of resolv.conf, as it is by now, for the records of one type; blocks for as long as they are silent.
// Follows CNAMEs, and asks by TCP where an answer is truncated. `is_searched`: the search list of resolv.conf counts.
// `server` is asked instead of those of resolv.conf, unless NULL.
// How many records there are and in `ttl` the shortest time that one of them holds, seconds; or what went wrong.
int clinux_ask_name(
    const char *name, int type, int is_searched, const struct sockaddr_in *server, struct clinux_name_record *records,
    int capacity, uint32_t *ttl);

#endif
