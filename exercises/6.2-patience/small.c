/* Loaded with LD_PRELOAD into step 6: the sockets of clients have little room for what is sent. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>

int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");
	int client_fd = next(fd, addr, len);
	int size = 4096;

	if (client_fd >= 0)
		setsockopt(client_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return client_fd;
}
