using System.Globalization;
using System.Xml.Linq;

namespace Ptewright.Cli.Tests;

public sealed class SvgChartTests
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    private static readonly Lazy<XElement> _smallest = new(() => Drawn("compare", "--machine", "apple-m2-vm-16g"));

    [Fact]
    public void It_is_a_drawing_on_white_without_scripts()
    {
        XElement ground = _smallest.Value.Elements(_svg + "rect").First();

        Assert.Equal(_svg + "svg", _smallest.Value.Name);
        Assert.Equal("#ffffff", ground.Attribute("fill")!.Value);
        Assert.Equal(_smallest.Value.Attribute("height")!.Value, ground.Attribute("height")!.Value);
        Assert.Equal(["line", "rect", "text", "title"], _smallest.Value.Elements().Select(element => element.Name.LocalName).Distinct().Order());
    }

    [Fact]
    public void Published_and_modelled_times_stand_at_their_bars()
    {
        string[] texts = Texts(_smallest.Value);

        Assert.Contains("Apple M2 VM, 16G", texts);
        Assert.Contains("10 (-11%)", texts);
        Assert.Contains("8.1", texts);
        Assert.Contains("before", texts);
        Assert.Contains("after", texts);
        Assert.Contains("published with v2", texts);
        Assert.Contains("5.3 (not published)", texts);
    }

    [Fact]
    public void The_last_steps_are_drawn_again_enlarged()
    {
        Assert.Contains("from batch-barriers on, 15 times as large", Texts(_smallest.Value));
        Assert.Equal(2, Texts(_smallest.Value).Count(text => text == "8.1"));
        Assert.Single(Texts(_smallest.Value), "168");
    }

    [Fact]
    public void Bars_are_as_long_as_their_times()
    {
        double before = BarOf(_smallest.Value, "11.0");
        double after = BarOf(_smallest.Value, "8.1");

        // In the enlarged panel, where a pixel is little.
        Assert.Equal(8.096 / 11, after / before, 0.01);
    }

    [Fact]
    public void Nothing_is_enlarged_where_nothing_is_dwarfed()
    {
        XElement drawing = Drawn("compare", "--memory", "16M", "--strategy", "batch-barriers,single-map");

        Assert.DoesNotContain(Texts(drawing), text => text.Contains("times as large", StringComparison.Ordinal));
        Assert.DoesNotContain(Texts(drawing), text => text.Contains("published", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_escaped()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string board = Path.Combine(folder, "a&b's.dtb");
            File.Copy(CliRun.Data("dtb", "virt-1g-max.dtb"), board);

            Assert.Contains("Memory of a&b's.dtb", Texts(Drawn("compare", "--dtb", board, "--strategy", "single-map")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Texts(XElement drawing) => [.. drawing.Elements(_svg + "text").Select(text => text.Value)];

    // The bar that the last text of this kind stands behind.
    private static double BarOf(XElement drawing, string figure)
    {
        XElement text = drawing.Elements(_svg + "text").Last(element => element.Value == figure);
        return double.Parse(((XElement)text.PreviousNode!).Attribute("width")!.Value, CultureInfo.InvariantCulture);
    }

    private static XElement Drawn(params string[] args)
    {
        string path = Path.GetTempFileName();
        try
        {
            CliRun run = CliRun.Of([.. args, "--svg", path]);
            Assert.Equal(0, run.Code);
            return XDocument.Load(path).Root!;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
