"""Twenty-five lists of planted words and nine of genuine answers, each written before the patterns were mended for it."""

from tests.texts.unseen import (
    genuine_1,
    genuine_2,
    genuine_3,
    genuine_4,
    genuine_5,
    genuine_6,
    genuine_7,
    genuine_8,
    genuine_9,
    list_01,
    list_02,
    list_03,
    list_04,
    list_05,
    list_06,
    list_07,
    list_08,
    list_09,
    list_10,
    list_11,
    list_12,
    list_13,
    list_14,
    list_15,
    list_16,
    list_17,
    list_18,
    list_19,
    list_20,
    list_21,
    list_22,
    list_23,
    list_24,
    list_25,
)

PLANTED = {
    module.__name__.rpartition(".")[2]: module.PLANTED
    for module in (
        list_01,
        list_02,
        list_03,
        list_04,
        list_05,
        list_06,
        list_07,
        list_08,
        list_09,
        list_10,
        list_11,
        list_12,
        list_13,
        list_14,
        list_15,
        list_16,
        list_17,
        list_18,
        list_19,
        list_20,
        list_21,
        list_22,
        list_23,
        list_24,
        list_25,
    )
}
GENUINE = [
    (language, text)
    for module in (genuine_1, genuine_2, genuine_3, genuine_4, genuine_5, genuine_6, genuine_7, genuine_8, genuine_9)
    for language, texts in module.GENUINE.items()
    for text in texts
]
