/*
 * Loaded with LD_PRELOAD into step 4: its listening socket becomes an IPv6 one, on [::1] instead of
 * 127.0.0.1, and the program does not notice. With LONG=1, clients come from a long address. The
 * number of a port is shown only to who asks for it: here each port has a name.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int listener_fd = -1;

int socket(int family, int type, int protocol)
{
	int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");

	if (family != AF_INET)
		return next(family, type, protocol);
	return listener_fd = next(AF_INET6, type, protocol);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
	struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};

	if (fd != listener_fd)
		return next(fd, addr, len);
	loopback.sin6_port = ((const struct sockaddr_in *)addr)->sin_port;
	return next(fd, (struct sockaddr *)&loopback, sizeof(loopback));
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getsockname");
	struct sockaddr_in6 loopback;
	socklen_t size = sizeof(loopback);

	if (fd != listener_fd)
		return next(fd, addr, len);
	if (next(fd, (struct sockaddr *)&loopback, &size) < 0)
		return -1;
	*(struct sockaddr_in *)addr =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_port = loopback.sin6_port};
	return 0;
}

int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");
	struct in6_addr long_one = {{{0xfd, 0xff, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44,
				      0x55, 0x55, 0x66, 0x66, 0x77, 0x77}}};
	int client_fd = next(fd, addr, len);

	if (client_fd >= 0 && addr && *len == sizeof(struct sockaddr_in6) && getenv("LONG"))
		memcpy(&((struct sockaddr_in6 *)addr)->sin6_addr, &long_one, sizeof(long_one));
	return client_fd;
}

int getnameinfo(const struct sockaddr *addr, socklen_t len, char *host, socklen_t host_size,
		char *port, socklen_t port_size, int flags)
{
	int (*next)(const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int) =
	    dlsym(RTLD_NEXT, "getnameinfo");

	if (port && !(flags & NI_NUMERICSERV)) {
		snprintf(port, port_size, "a-service");
		port = NULL;
		port_size = 0;
	}
	return next(addr, len, host, host_size, port, port_size, flags);
}
