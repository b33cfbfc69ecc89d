from workers.demo.traffic import Row, TrafficMeter

_FILES = "files.index.example"


def test_requests_and_bytes_are_counted_by_host_and_method() -> None:
    meter = TrafficMeter({_FILES})

    meter.count("index.example", "POST", 200, 100, 2000)
    meter.count("index.example", "POST", 200, 10, 200)
    meter.count("index.example", "GET", 304, 0, 0)

    traffic = meter.traffic()
    assert traffic.rows == (
        Row(host="index.example", method="GET", requests=1, bytes_up=0, bytes_down=0),
        Row(host="index.example", method="POST", requests=2, bytes_up=110, bytes_down=2200),
    )
    assert traffic.requests == 3


def test_asking_for_a_file_is_no_download() -> None:
    meter = TrafficMeter({_FILES})

    meter.count(_FILES, "HEAD", 200, 0, 0)
    meter.count(_FILES, "GET", 404, 0, 10)

    assert meter.traffic().file_downloads == 0


def test_fetching_a_file_is_a_download_also_in_part() -> None:
    meter = TrafficMeter({_FILES})

    meter.count(_FILES, "GET", 200, 0, 900)
    meter.count(_FILES, "GET", 206, 0, 9)

    assert meter.traffic().file_downloads == 2


def test_a_row_that_nobody_asked_for_is_all_zeros() -> None:
    row = TrafficMeter(set()).traffic().of("git.example", "GET")

    assert row == Row(host="git.example", method="GET", requests=0, bytes_up=0, bytes_down=0)


def test_names_outside_the_world_are_remembered() -> None:
    meter = TrafficMeter(set())

    meter.unknown("b.example")
    meter.unknown("a.example")
    meter.unknown("b.example")

    assert meter.traffic().unknown_hosts == ("a.example", "b.example")
