/* Addresses of both families as one: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
#ifndef MEDIA_ADDRESS_H
#define MEDIA_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

typedef struct { uint8_t bytes[16]; } net_address;

static inline int address_same(const net_address *a, const net_address *b) { return memcmp(a, b, sizeof *a) == 0; }

static inline net_address address_of_v4(uint32_t host_order) {
    net_address out = {{[10] = 0xff, [11] = 0xff}};
    uint32_t network = htonl(host_order);
    memcpy(out.bytes + 12, &network, 4);
    return out;
}

/* 0 when the socket address is of no family of ours. */
static inline int address_read(const struct sockaddr_storage *from, net_address *address, uint16_t *port) {
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        *address = address_of_v4(ntohl(v4->sin_addr.s_addr));
        *port = ntohs(v4->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        memcpy(address, &v6->sin6_addr, sizeof *address);
        *port = ntohs(v6->sin6_port);
    } else {
        return 0;
    }
    return 1;
}

/* The socket address of `address` for a socket of `family`; its size. */
static inline socklen_t address_write(sa_family_t family, const net_address *address, uint16_t port,
                                      struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    to->ss_family = family;
    if (family == AF_INET6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
        memcpy(&v6->sin6_addr, address, sizeof *address);
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    memcpy(&v4->sin_addr, address->bytes + 12, 4);
    v4->sin_port = htons(port);
    return sizeof *v4;
}
#endif
