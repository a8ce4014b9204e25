// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "include/CLinux.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_mmsghdr) == sizeof(struct mmsghdr), "mirrors struct mmsghdr");
_Static_assert(offsetof(struct clinux_mmsghdr, length) == offsetof(struct mmsghdr, msg_len), "mirrors struct mmsghdr");

int clinux_recvmmsg(int socket, struct clinux_mmsghdr *messages, unsigned int count) {
    return recvmmsg(socket, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL);
}

int clinux_sendmmsg(int socket, struct clinux_mmsghdr *messages, unsigned int count) {
    return sendmmsg(socket, (struct mmsghdr *)messages, count, MSG_DONTWAIT);
}

// SO_RCVBUFFORCE needs CAP_NET_ADMIN; without it the kernel's own limit holds.
static void set_buffer(int socket, int forced, int limited, int size) {
    if (setsockopt(socket, SOL_SOCKET, forced, &size, sizeof size) != 0)
        setsockopt(socket, SOL_SOCKET, limited, &size, sizeof size);
}

// SO_REUSEADDR only while both of our own are bound: with it left on, anybody's socket could take our datagrams.
static int bind_beside(int fd, int beside, const struct sockaddr *address, socklen_t length) {
    int on = 1, off = 0, result;
    if (beside >= 0) {
        setsockopt(beside, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    result = bind(fd, address, length) == 0 ? 0 : -errno;
    if (beside >= 0) {
        setsockopt(beside, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
    }
    return result;
}

int clinux_udp_socket(const struct sockaddr *address, socklen_t length, int buffer_size, int beside) {
    int family = address->sa_family, on = 1, failure;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, buffer_size);
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, buffer_size);
    // ICMP errors are queued, to be read by clinux_next_icmp_error: that is how a dead target is noticed at once.
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    else
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    if (family == AF_INET6) {
        int never = IPV6_PMTUDISC_DONT;
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &never, sizeof never);
    } else {
        int never = IP_PMTUDISC_DONT;
        setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never);
    }
    failure = bind_beside(fd, beside, address, length);
    if (failure) {
        close(fd);
        return failure;
    }
    return fd;
}

int clinux_next_icmp_error(int socket, struct sockaddr_in6 *destination, int *is_refused) {
    char control[512];
    struct iovec nothing = {NULL, 0};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(destination, 0, sizeof *destination);
    message.msg_name = destination;
    message.msg_namelen = sizeof *destination;
    message.msg_iov = &nothing;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return 0;
    *is_refused = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        int is_error = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                       (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
        if (is_error)
            *is_refused = ((struct sock_extended_err *)CMSG_DATA(part))->ee_errno == ECONNREFUSED;
    }
    return 1;
}

unsigned int clinux_receive_drops(int socket) {
    unsigned int info[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof info;
    return getsockopt(socket, SOL_SOCKET, SO_MEMINFO, info, &length) == 0 ? info[SK_MEMINFO_DROPS] : 0;
}

void clinux_receive_queue(int socket, unsigned int *filled, unsigned int *capacity) {
    unsigned int info[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof info;
    getsockopt(socket, SOL_SOCKET, SO_MEMINFO, info, &length);
    *filled = info[SK_MEMINFO_RMEM_ALLOC];
    *capacity = info[SK_MEMINFO_RCVBUF];
}

static int signal_descriptor = -1;

static void report_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(signal_descriptor, &byte, 1);
    (void)written;
    errno = saved;
}

int clinux_watch_signals(int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    signal_descriptor = descriptor;
    action.sa_handler = report_signal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    if (sigaction(SIGHUP, &action, NULL) || sigaction(SIGTERM, &action, NULL) || sigaction(SIGINT, &action, NULL))
        return errno;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

struct thread_start {
    void (*body)(void *);
    void *context;
};

static void *run_thread(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

int clinux_start_thread(uintptr_t *thread, const char *name, void (*body)(void *), void *context) {
    struct thread_start *start = malloc(sizeof *start);
    pthread_t created;
    sigset_t all, before;
    int failure;
    if (!start)
        return ENOMEM;
    start->body = body;
    start->context = context;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failure = pthread_create(&created, NULL, run_thread, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure) {
        free(start);
        return failure;
    }
    pthread_setname_np(created, name);
    *thread = (uintptr_t)created;
    return 0;
}

int clinux_usable_cores(void) {
    cpu_set_t usable;
    return sched_getaffinity(0, sizeof usable, &usable) == 0 && CPU_COUNT(&usable) > 0 ? CPU_COUNT(&usable) : 1;
}

void clinux_trim_memory(void) { malloc_trim(0); }

void clinux_give_way(void) { setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19); }

void clinux_wake_on_time(void) { prctl(PR_SET_TIMERSLACK, 1UL); }

int clinux_join_thread(uintptr_t thread) { return pthread_join((pthread_t)thread, NULL); }
