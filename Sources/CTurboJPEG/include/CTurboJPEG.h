#ifndef CTurboJPEG_H
#define CTurboJPEG_H
#endif
