"""Which cloud gets most of a company's spend."""

import numpy as np

from agents.main_cloud import main_clouds


def test_a_company_s_main_cloud_is_where_it_spends_most_ordinary_business_included() -> None:
    main = np.array([0, 0, 2, -1], dtype=np.int64)
    ordinary = np.array([10.0, 10.0, 5.0, 0.0])
    owner = np.array([0, 0, 1, 1, 2, 2, 3])
    cloud = np.array([1, 0, 1, 1, 0, 1, 2])
    spend = np.array([12.0, 3.0, 6.0, 6.0, 7.0, 7.0, 1.0])
    main_clouds(main, ordinary, owner, cloud, spend, 3)
    assert main.tolist() == [0, 1, 1, 2]  # 13 beats 12; 6 + 6 beat 10; the higher code of two equals; the only one


def test_a_company_that_buys_little_elsewhere_keeps_its_main_cloud() -> None:
    main = np.array([4], dtype=np.int64)
    main_clouds(main, np.array([10.0]), np.array([0]), np.array([1]), np.array([10.0]), 5)
    assert main.tolist() == [4]
