# 5 - What there is to see: drops, rows, speed, time, cost and dead letters on one page.

locals {
  # List price of a second, request-based, in regions of the second tier such as Seoul; the first tier costs 29 % less.
  # https://cloud.google.com/run/pricing
  price_per_second = local.cpu * 0.0000336 + var.memory_mib / 1024 * 0.0000035

  instance_time = "run_googleapis_com:container_billable_instance_time{${local.revision},service_name=~\"${local.name}(-backfill|-close)?\"}"

  # Title, and what to draw: a legend and a query each.
  charts = merge(local.closes_days ? local.day_charts : {}, {
    "1 Drops an hour, by outcome" = {
      "$${outcome}" = "sum by (outcome) (increase(${local.metric}_drops{${local.revision}}[1h]))"
    }
    "2 Rows an hour" = {
      for field in ["rows_in", "rows_written", "rows_rejected", "rows_filtered"] :
      replace(field, "_", " ") => "sum(increase(${local.metric}_${field}_sum{${local.revision}}[1h]))"
    }
    "3 MB/s, as stored" = {
      "MB/s" = "sum(increase(${local.metric}_bytes_in_sum{${local.revision}}[1h])) / sum(increase(${local.metric}_seconds_sum{${local.revision}}[1h])) / 1e6"
    }
    "4 Seconds a drop" = {
      "mean" = "sum(increase(${local.metric}_seconds_sum{${local.revision}}[1h])) / sum(increase(${local.metric}_seconds_count{${local.revision}}[1h]))"
      "p95"  = "histogram_quantile(0.95, sum by (le) (increase(${local.metric}_seconds_bucket{${local.revision}}[1h])))"
    }
    "5 US dollars a day, at list price" = {
      "cost" = "sum(increase(${local.instance_time}[1d])) * ${local.price_per_second}"
    }
    "6 Events that wait, and dead letters" = {
      "waiting of a backfill" = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{${local.backfill_queue}})"
      "waiting"               = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{${local.drops_queue}})"
      "dead letters"          = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{${local.dead_letters}})"
    }
    "7 Sources that went, fields that came, ids that repeat" = {
      for note in local.remarks :
      replace(note, "_", " ") => "sum(increase(${local.metric}_${note}_sum{${local.revision}}[1h]))"
    }
  })

  day_charts = {
    "8 Days an hour, by outcome" = {
      "$${outcome}" = "sum by (outcome) (increase(${local.metric}_days{${local.revision}}[1h]))"
      "late"        = "sum(increase(${local.metric}_days{${local.revision},is_late=\"true\"}[1h]))"
      "incomplete"  = "sum(increase(${local.metric}_days{${local.revision},missing!=\"\",outcome=\"closed\"}[1h]))"
    }
  }
}

resource "google_monitoring_dashboard" "main" {
  dashboard_json = jsonencode({
    displayName = local.name
    gridLayout = {
      columns = "2"
      widgets = [
        for title, lines in local.charts : {
          title = trimspace(substr(title, 2, -1))
          xyChart = {
            dataSets = [
              for legend, query in lines : {
                plotType       = "LINE"
                legendTemplate = legend
                timeSeriesQuery = {
                  prometheusQuery = query
                }
              }
            ]
          }
        }
      ]
    }
  })

  depends_on = [google_project_service.main]
}
