using Ptewright.Explaining;

namespace Ptewright.Tests.Explaining;

/// <summary>Reports whose cause is known, from files: <c>tests/data/oopses/oopses.txt</c> has what the first sentence of each must say.</summary>
public sealed class OopsVectorsTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "data", "oopses");

    public static TheoryData<string, string> Cases => [.. File.ReadLines(Path.Combine(_folder, "oopses.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('|', 2))
        .Select(fields => new TheoryDataRow<string, string>(fields[0].Trim(), fields[1].Trim()))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_first_sentence_names_the_cause(string name, string said)
    {
        Explanation explanation = FaultExplainer.Explain(OopsFile.Read(Path.Combine(_folder, name + ".txt"))[0]);

        Assert.Contains(said, ExplanationText.Summary(explanation)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_has_its_line_and_every_line_its_file() => Assert.Equal(
        Directory.EnumerateFiles(_folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(name => name != "oopses").Order(StringComparer.Ordinal),
        Cases.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_report_of_them_is_one(string name, string said)
    {
        _ = said;
        Assert.Equal(name == "real-lines" ? 5 : 1, OopsFile.Read(Path.Combine(_folder, name + ".txt")).Count);
    }
}
