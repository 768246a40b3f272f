/* clock: the time of day is CLOCK_OFF_S seconds off; how long something takes is not. Preloaded, ld.so(8).
   Needs no header, so that a compiler alone makes it. */
typedef long time_t;
struct timespec { long tv_sec, tv_nsec; };
struct timeval { long tv_sec, tv_usec; };

extern void *dlsym(void *handle, const char *name);
extern char *getenv(const char *name);
extern long strtol(const char *text, char **end, int base);

#define NEXT ((void *)-1L)
#define REALTIME 0
#define REALTIME_COARSE 5
#define TAI 11
#define UTC_BASE 1

static int (*clock_next)(int, struct timespec *);
static int (*day_next)(struct timeval *, void *);
static long off_s;

static void begin(void)
{
    const char *text;
    if (clock_next) return;
    text = getenv("CLOCK_OFF_S");
    off_s = text ? strtol(text, 0, 10) : 0;
    day_next = dlsym(NEXT, "gettimeofday");
    clock_next = dlsym(NEXT, "clock_gettime");
}

int clock_gettime(int id, struct timespec *now)
{
    int failed;
    begin();
    failed = clock_next(id, now);
    if (!failed && (id == REALTIME || id == REALTIME_COARSE || id == TAI)) now->tv_sec += off_s;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    int failed;
    begin();
    failed = day_next(now, zone);
    if (!failed && now) now->tv_sec += off_s;
    return failed;
}

time_t time(time_t *where)
{
    struct timespec now = {0, 0};
    clock_gettime(REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *now, int base)
{
    return base == UTC_BASE && !clock_gettime(REALTIME, now) ? base : 0;
}
