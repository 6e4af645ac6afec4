/* Sockets: made and bound by Python, read and written here. Errors a far end can cause (ICMP refusals) are only counted. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "loop.h"

int socket_watch(loop *l, leg *g) {
    int on = 1;
    struct sockaddr_storage here = {.ss_family = AF_INET};
    socklen_t size = sizeof here;
    getsockname(g->fd, (struct sockaddr *)&here, &size);
    g->family = here.ss_family;
    setsockopt(g->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    struct epoll_event want = {.events = EPOLLIN, .data.u32 = g->index};
    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, g->fd, &want) == 0;
}

void socket_forget(loop *l, leg *g) { epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, g->fd, NULL); }

/* Kernel stamps are wall clock: brought to the monotonic clock, and ignored when they are more than a second off. */
static uint64_t arrival(const loop *l, struct msghdr *message, uint64_t now_ns) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec stamp;
        memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        int64_t at = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec - l->wall_offset_ns;
        int64_t age = (int64_t)now_ns - at;
        if (age > -1000000000 && age < 1000000000) return (uint64_t)at;
    }
    return now_ns;
}

int socket_receive(loop *l, leg *g, uint8_t *out, net_address *address, uint16_t *port, uint64_t *arrival_ns, uint64_t now_ns) {
    struct sockaddr_storage from;
    union { char bytes[64]; struct cmsghdr align; } control;
    struct iovec data = {out, PACKET_MAX};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &data, .msg_iovlen = 1,
                             .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t size = recvmsg(g->fd, &message, MSG_DONTWAIT);
    if (size < 0 || message.msg_namelen == 0 || !address_read(&from, address, port)) return -1;
    *arrival_ns = arrival(l, &message, now_ns);
    return (int)size;
}

static socklen_t target(const leg *g, struct sockaddr_storage *to) {
    const latch *s = &g->source;
    return s->locked ? address_write(g->family, &s->locked_address, s->locked_port, to)
                     : address_write(g->family, &s->address, s->port, to);
}

void socket_filter(leg *g) {
    struct sockaddr_storage to;
    socklen_t size = target(g, &to);
    g->connected = connect(g->fd, (struct sockaddr *)&to, size) == 0;
}

void socket_unfilter(leg *g) {
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (g->connected) g->connected = connect(g->fd, &nobody, sizeof nobody) != 0;
}

int socket_send(loop *l, leg *g, const uint8_t *packet, uint32_t size, uint64_t now_ns) {
    struct sockaddr_storage to;
    socklen_t to_size = target(g, &to);
    statistics *s = loop_stats(l, g);
    ssize_t sent = g->connected ? send(g->fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                : sendto(g->fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, to_size);
    if (sent != (ssize_t)size) {
        s->tx_errors++;
        return 0;
    }
    s->tx_packets++;
    s->last_tx_ns = now_ns;
    l->count->tx_packets++;
    return 1;
}
