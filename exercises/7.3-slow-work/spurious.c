/*
 * Loaded with LD_PRELOAD into step 7: pthread_cond_wait() returns soon, whether or not somebody has
 * signalled. POSIX allows that.
 */
#include <pthread.h>
#include <unistd.h>

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
	pthread_mutex_unlock(lock);
	usleep(10000);
	return pthread_mutex_lock(lock);
}
