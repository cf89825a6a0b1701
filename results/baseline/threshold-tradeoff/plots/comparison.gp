# What threshold changes. Draws comparison.svg, here or from the run's folder: gnuplot plots/comparison.gp
reset
if (strstrt(GPVAL_PWD."//", "/plots//") == 0) { cd "plots"; away = 1 }
set terminal svg size 960,940 dynamic enhanced background "#ffffff" font "sans-serif,15"
set output "comparison.svg"
set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
set linetype 1 lc rgb "#0072B2" lw 2 pt 7 ps 0.7
set linetype 2 lc rgb "#D55E00" lw 2 pt 5 ps 0.7
set linetype 3 lc rgb "#009E73" lw 2 pt 9 ps 0.7
set linetype 4 lc rgb "#CC79A7" lw 2 pt 13 ps 0.7
set linetype 5 lc rgb "#E69F00" lw 2 pt 11 ps 0.7
set linetype 6 lc rgb "#56B4E9" lw 2 pt 4 ps 0.7
set linetype 7 lc rgb "#000000" lw 2 pt 6 ps 0.7
set linetype 8 lc rgb "#8A8A8A" lw 2 pt 8 ps 0.7
set border 3 lc rgb "#555555"
set tics nomirror out textcolor rgb "#222222"
set grid y lc rgb "#dddddd" lt 1 lw 1
set key top left reverse Left samplen 2 spacing 1.1 textcolor rgb "#222222"
set style fill solid 0.9 noborder
set multiplot layout 3,2 margins char 7, char 3, char 4, char 2.5 spacing char 8, char 4.5
set key at graph 1, graph 1.02 right bottom horizontal Right noreverse samplen 1.5 font ",13"
set offsets graph 0.03, graph 0.03, 0, 0
set xrange [*:*]
set label 99 'answers that pass [%]' at graph 0, graph 1 offset 0, char 0.9 left font ",15" textcolor rgb "#222222"
set yrange [0:100]
set ytics 20.0
plot \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("first_pass_ratio")*100.0):(column("first_pass_ratio_ci95")*100.0) with yerrorbars lt 1 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("final_pass_ratio")*100.0):(column("final_pass_ratio_ci95")*100.0) with yerrorbars lt 2 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("first_pass_ratio")*100.0) smooth unique with linespoints lt 1 title 'first', \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("final_pass_ratio")*100.0) smooth unique with linespoints lt 2 title 'final'
set label 99 'questions regenerated [%]' at graph 0, graph 1 offset 0, char 0.9 left font ",15" textcolor rgb "#222222"
set yrange [0:100]
set ytics 20.0
plot \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("regeneration_rate")*100.0):(column("regeneration_rate_ci95")*100.0) with yerrorbars lt 1 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("regeneration_rate")*100.0) smooth unique with linespoints lt 1 notitle
set label 99 'per question' at graph 0, graph 1 offset 0, char 0.9 left font ",15" textcolor rgb "#222222"
set yrange [0:*]
set ytics 1.0
plot \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("calls_per_question")*1.0):(column("calls_per_question_ci95")*1.0) with yerrorbars lt 1 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("extra_generations_per_question")*1.0):(column("extra_generations_per_question_ci95")*1.0) with yerrorbars lt 2 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("calls_per_question")*1.0) smooth unique with linespoints lt 1 title 'LLM calls', \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("extra_generations_per_question")*1.0) smooth unique with linespoints lt 2 title 'extra generations, per scored question'
set label 99 'cost per 1,000 questions' at graph 0, graph 1 offset 0, char 0.9 left font ",15" textcolor rgb "#222222"
set yrange [0:*]
set ytics 0.05
plot \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("cost_per_1000_questions")*1.0):(column("cost_per_1000_questions_ci95")*1.0) with yerrorbars lt 1 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("cost_per_1000_questions")*1.0) smooth unique with linespoints lt 1 notitle
set xlabel 'threshold'
set label 99 'mean score' at graph 0, graph 1 offset 0, char 0.9 left font ",15" textcolor rgb "#222222"
set yrange [0:*]
set ytics 0.1
plot \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("mean_first_score")*1.0):(column("mean_first_score_ci95")*1.0) with yerrorbars lt 1 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("mean_final_score")*1.0):(column("mean_final_score_ci95")*1.0) with yerrorbars lt 2 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("mean_first_score")*1.0) smooth unique with linespoints lt 1 title 'first', \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("mean_final_score")*1.0) smooth unique with linespoints lt 2 title 'final'
set xlabel 'threshold'
set label 99 'latency [s]' at graph 0, graph 1 offset 0, char 0.9 left font ",15" textcolor rgb "#222222"
set yrange [0:*]
set ytics 2.0
plot \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("latency_p50_ms")*0.001):(column("latency_p50_ms_ci95")*0.001) with yerrorbars lt 1 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("latency_p95_ms")*0.001):(column("latency_p95_ms_ci95")*0.001) with yerrorbars lt 2 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("latency_p99_ms")*0.001):(column("latency_p99_ms_ci95")*0.001) with yerrorbars lt 3 lw 1.2 pt 0 notitle, \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("latency_p50_ms")*0.001) smooth unique with linespoints lt 1 title 'p50', \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("latency_p95_ms")*0.001) smooth unique with linespoints lt 2 title 'p95', \
  "../points.csv" using ((column("point")>=0&&column("point")<=11) ? column("pipeline.score.threshold") : NaN):(column("latency_p99_ms")*0.001) smooth unique with linespoints lt 3 title 'p99'
unset multiplot
set output
if (exists("away")) { cd ".."; undefine away }
