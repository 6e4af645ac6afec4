/* Sockets: made and bound by Python, read and written here. Errors a far end can cause (ICMP refusals) are only counted. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

enum { ODD_NS = 20 * 1000 * 1000 };

static int set_of(const loop *l, const leg *g) { return g->is_calm ? l->calm_fd : l->epoll_fd; }

static int watch(loop *l, const leg *g, int fd, uint32_t token) {
    struct epoll_event want = {.events = EPOLLIN, .data.u32 = token};
    return epoll_ctl(set_of(l, g), EPOLL_CTL_ADD, fd, &want) == 0;
}

/* What cannot be watched is never read. */
static void watch_own(loop *l, const leg *g) {
    if (!watch(l, g, g->fd, g->index)) loop_tell(l, g, EVENT_DEAF, 0, (uint32_t)errno, 0, 0, clock_ns());
}

/* Its path and its keys are found: looking for them is not slowed down, and what comes right after it is told of its far end waits behind that. */
static int is_ready(const leg *g) { return g->source.known && !srtp_pair_is_locked(&g->srtp); }

static uint8_t may_wait(const loop *l, const leg *g) { return (g->peer == NO_LEG || loop_recodes(l, g)) && is_ready(g); }

static void unwatch(loop *l, const leg *g, int fd) { epoll_ctl(set_of(l, g), EPOLL_CTL_DEL, fd, NULL); }

void socket_watch(loop *l, leg *g) {
    int on = 1;
    struct sockaddr_storage here = {.ss_family = AF_INET};
    socklen_t size = sizeof here;
    if (g->fd < 0) return;
    getsockname(g->fd, (struct sockaddr *)&here, &size);
    g->family = here.ss_family;
    setsockopt(g->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    g->is_calm = may_wait(l, g);
    l->calm_legs += g->is_calm;
    watch_own(l, g);
}

void socket_forget(loop *l, leg *g) {
    if (g->fd < 0) return;
    socket_unlock(l, g);
    unwatch(l, g, g->fd);
    l->calm_legs -= g->is_calm;
}

void socket_settle(loop *l, leg *g) {
    uint8_t calm = may_wait(l, g);
    if (g->fd < 0 || g->is_calm == calm) return;
    if (!g->is_shut) unwatch(l, g, g->fd);
    if (g->line >= 0) unwatch(l, g, g->line);
    l->calm_legs += calm, l->calm_legs -= g->is_calm;
    g->is_calm = calm;
    if (!g->is_shut) watch_own(l, g);
    if (g->line >= 0 && !watch(l, g, g->line, g->index | LINE_TOKEN)) socket_unlock(l, g);
}

static int64_t age_of(const loop *l, const struct timespec *stamp, uint64_t now_ns) {
    return (int64_t)now_ns - ((int64_t)stamp->tv_sec * 1000000000 + stamp->tv_nsec - l->wall_offset_ns);
}

/* Kernel stamps are wall clock: brought to the monotonic clock, and ignored when they are more than a second off. Those that are odd
 * may be of a clock that was set just now: half a second back, and all that comes would be taken for stale. */
static uint64_t arrival(loop *l, struct msghdr *message, uint64_t now_ns) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec stamp;
        memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        int64_t age = age_of(l, &stamp, now_ns);
        if (age < -ODD_NS || age > ODD_NS) loop_look_at_wall(l), age = age_of(l, &stamp, now_ns);
        if (age > -1000000000 && age < 1000000000) return (uint64_t)((int64_t)now_ns - age);
    }
    return now_ns;
}

static int receive_stamped(loop *l, int fd, uint8_t *out, net_address *address, uint16_t *port, uint64_t *arrival_ns, uint64_t now_ns) {
    struct sockaddr_storage from;
    union { char bytes[64]; struct cmsghdr align; } control;
    struct iovec data = {out, PACKET_MAX};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &data, .msg_iovlen = 1,
                             .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);
    if (size < 0 || message.msg_namelen == 0 || !address_read(&from, address, port)) return -1;
    *arrival_ns = arrival(l, &message, now_ns);
    if (l->is_first) l->look_ns = *arrival_ns + PROMPT_NS_MAX > now_ns ? (*arrival_ns + now_ns) / 2 : 0;
    l->is_first = 0;
    return (int)size;
}

int socket_receive(loop *l, leg *g, int fd, uint8_t *out, net_address *address, uint16_t *port, uint64_t *arrival_ns, uint64_t now_ns) {
    if (fd != g->line) return receive_stamped(l, fd, out, address, port, arrival_ns, now_ns);
    if (l->look_ns == 0 || g->line_ns > 0) {
        int size = receive_stamped(l, fd, out, address, port, arrival_ns, now_ns);
        if (size >= 0 && *arrival_ns > g->line_ns) g->line_ns = 0;
        return size;
    }
    *address = g->source.locked_address, *port = g->source.locked_port, *arrival_ns = l->look_ns;
    return (int)recv(fd, out, PACKET_MAX, MSG_DONTWAIT);
}

static socklen_t target(const leg *g, struct sockaddr_storage *to) {
    const latch *s = &g->source;
    return s->locked ? address_write(g->family, &s->locked_address, s->locked_port, to)
                     : address_write(g->family, &s->address, s->port, to);
}

static int make_line(const leg *g) {
    int on = 1, off = 0, buffer = 0, line = socket(g->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_storage here, to;
    socklen_t here_size = sizeof here, to_size = target(g, &to), size = sizeof buffer;
    if (line < 0) return -1;
    if (g->family == AF_INET6) setsockopt(line, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(line, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (getsockopt(g->fd, SOL_SOCKET, SO_RCVBUF, &buffer, &size) == 0) {
        buffer /= 2; /* the kernel doubles what it is asked for */
        setsockopt(line, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    }
    setsockopt(g->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* both want it while one is bound, and nobody else may */
    setsockopt(line, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int made = getsockname(g->fd, (struct sockaddr *)&here, &here_size) == 0 && bind(line, (struct sockaddr *)&here, here_size) == 0;
    setsockopt(g->fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
    setsockopt(line, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
    if (made && connect(line, (struct sockaddr *)&to, to_size) == 0) return line;
    close(line);
    return -1;
}

/* Beside the leg's socket, on the same port, and connected: the kernel gives it what comes from there, and looks up no route for
 * what goes there. Strangers go on to the leg's own socket, where they are counted; what they sent there until it was connected is judged
 * by its address. */
void socket_lock(loop *l, leg *g) {
    socket_unlock(l, g);
    g->line = make_line(g);
    g->line_ns = clock_ns();
    if (g->line >= 0 && !watch(l, g, g->line, g->index | LINE_TOKEN)) socket_unlock(l, g);
}

void socket_unlock(loop *l, leg *g) {
    if (g->line >= 0) close(g->line);
    g->line = -1;
    g->wants_line = 0;
    if (g->is_shut) watch_own(l, g);
    g->is_shut = 0;
}

void socket_shut(loop *l, leg *g) {
    if (g->line < 0 || g->is_shut) return;
    unwatch(l, g, g->fd);
    g->is_shut = 1;
}

static ssize_t send_on(const leg *g, const uint8_t *packet, uint32_t size) {
    struct sockaddr_storage to;
    if (g->line < 0) {
        socklen_t to_size = target(g, &to);
        return sendto(g->fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, to_size);
    }
    ssize_t sent = send(g->line, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* an earlier one was refused by ICMP, which is told now, in place of sending this one */
    return sent < 0 && errno == ECONNREFUSED ? send(g->line, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL) : sent;
}

int socket_send(loop *l, leg *g, const uint8_t *packet, uint32_t size, uint64_t now_ns) {
    statistics *s = loop_stats(l, g);
    if (send_on(g, packet, size) != (ssize_t)size) {
        s->tx_errors++;
        return 0;
    }
    s->tx_packets++;
    s->last_tx_ns = now_ns;
    l->count->tx_packets++;
    return 1;
}
