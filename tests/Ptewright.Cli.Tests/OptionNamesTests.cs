using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Ptewright.Cli.Output;
using Ptewright.Live;
using Ptewright.Texts;

namespace Ptewright.Cli.Tests;

/// <summary>The library says what is missing in words of its own, and the tool says with which option it is given.</summary>
public sealed partial class OptionNamesTests
{
    [Fact]
    public void Every_input_that_the_library_names_has_an_option()
    {
        string[] words = [.. typeof(InputWords).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)];

        Assert.NotEmpty(words);
        Assert.Equal(words.Order(), OptionNames.OfWords.Keys.Order());
        Assert.All(words, one => Assert.DoesNotContain(words, other => other != one && other.Contains(one, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_sentence_gets_the_option_that_it_means() => Assert.Equal(
        "The source does not say what TCR_EL1 holds; give it with --tcr.", OptionNames.In($"The source does not say what TCR_EL1 holds; {InputWords.Tcr}."));

    /// <summary>The assemblies that people use without the tool.</summary>
    public static TheoryData<string> Libraries => [typeof(InvalidInputException).Assembly.Location, typeof(LiveSource).Assembly.Location, typeof(Translation.TableGeometry).Assembly.Location];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_text_of_the_library_names_an_option_of_the_tool(string assembly)
    {
        using PEReader file = new(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        List<string> texts = [];
        for (UserStringHandle handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            texts.Add(metadata.GetUserString(handle));
        }

        Assert.NotEmpty(texts);
        Assert.DoesNotContain(texts, text => AnOption().IsMatch(text));
    }

    [GeneratedRegex(@"(^|[^-\w])--[a-z]{2}|map -o")]
    private static partial Regex AnOption();
}
